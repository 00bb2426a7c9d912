"""What Prometheus is answered, and that alerts and dashboard ask for nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from io import StringIO
from pathlib import Path
from urllib.error import URLError

import pytest
import yaml
from django.core.management import call_command

from batconnect.core.database.tenancy import company_context
from batconnect.core.jobs.figures import BEAT_LAG, declare_figure, declared_figures, measure_figures
from batconnect.core.kernel.clock import now
from batconnect.embedded.paths import PROJECT_ROOT
from batconnect.embedded.ports import find_free_port
from ledger.models import LedgerVerification
from tests.cast import NORTH, SOUTH

PATIENCE = 60
OF_PROCESSES = {
    *("batconnect_jobs_ended_total", "batconnect_batch_rows_total", "batconnect_answers_replayed_total"),
    *("batconnect_statement_seconds_count", "batconnect_statements_failed_total"),
    "batconnect_figures_measured_timestamp_seconds",
}


@pytest.mark.django_db
def test_figures_are_of_all_companies_and_name_none() -> None:
    for company, differences in ((NORTH, 2), (SOUTH, 3)):
        with company_context(company, job="test"):
            LedgerVerification.objects.create(
                company_id=company,
                started_at=now(),
                finished_at=now() - timedelta(hours=differences),
                checks=1,
                differences=differences,
                actor="test",
            )
    out = StringIO()

    call_command("serve_metrics", "--once", stdout=out)

    said = dict(line.split(" ") for line in out.getvalue().splitlines() if line[0] != "#")
    assert set(said) == {
        f"batconnect_{name}"
        for name in (
            *(figure.name for figure in declared_figures()),
            *(BEAT_LAG, "figures_measured_timestamp_seconds"),
        )
    }
    assert said["batconnect_ledger_differences"] == "5.0"
    assert measure_figures()["verification_age_seconds"] in range(3 * 3600, 3 * 3600 + 60)
    assert "{" not in out.getvalue()


@pytest.mark.django_db
def test_two_figures_of_one_name_are_refused() -> None:
    taken = declared_figures()[0].name

    with pytest.raises(ValueError, match="declared twice"):
        declare_figure(name=taken, help="", measure=lambda actor: 0)


def test_alerts_and_dashboard_ask_for_figures_that_exist() -> None:
    folder = PROJECT_ROOT / "deploy"
    rules = yaml.safe_load((folder / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    dashboard = json.loads((folder / "grafana" / "batconnect.json").read_text())
    asked = " ".join(
        [
            *(rule["expr"] for rule in rules),
            *(target["expr"] for panel in dashboard["panels"] for target in panel["targets"]),
        ]
    )
    known = {f"batconnect_{figure.name}" for figure in declared_figures()} | {f"batconnect_{BEAT_LAG}"}

    assert set(re.findall(r"batconnect_\w+", asked)) <= known | OF_PROCESSES
    assert known - set(re.findall(r"batconnect_\w+", asked)) == set()
    tried = (folder / "prometheus" / "alerts.test.yml").read_text()
    operations = (PROJECT_ROOT / "docs" / "operations.md").read_text()
    for rule in rules:
        assert f"alertname: {rule['alert']}\n" in tried
        assert f"| `{rule['alert']}` |" in operations


def test_the_web_server_adds_up_what_its_processes_count(tmp_path: Path) -> None:
    port, metrics = find_free_port(), find_free_port()
    server = subprocess.Popen(
        [
            *[sys.executable, "-m", "batconnect.serving", "tests.serving.measured:application"],
            *["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "2", "--no-control-socket"],
        ],
        cwd=PROJECT_ROOT,
        env={**os.environ, "WEB_METRICS_PORT": str(metrics), "TMPDIR": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + PATIENCE
        answered = 0
        while answered < 20:
            assert time.monotonic() < deadline
            try:
                answered += urllib.request.urlopen(f"http://127.0.0.1:{port}/").status == 200
            except URLError:
                time.sleep(0.05)
        text = urllib.request.urlopen(f"http://127.0.0.1:{metrics}/").read().decode()
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)

    assert not list(tmp_path.glob("batconnect-metrics-*"))
    assert re.search(r"^batconnect_answers_replayed_total 20\.0$", text, re.MULTILINE), text
