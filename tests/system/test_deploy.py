"""The files for operators, checked by the programs that read them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from batconnect.embedded.paths import PROJECT_ROOT

pytestmark = pytest.mark.system

DEPLOY = PROJECT_ROOT / "deploy"


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def test_every_alert_is_well_formed_and_fires_for_what_it_is_for() -> None:
    for words in (("check", "rules", "alerts.yml"), ("test", "rules", "alerts.test.yml")):
        done = run("promtool", *words[:2], DEPLOY / "prometheus" / words[2])
        assert done.returncode == 0, done.stdout + done.stderr


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """As they are, but for the place of the software."""
    bin_folder = Path(sys.executable).parent
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text().replace("/opt/batconnect/.venv/bin", str(bin_folder))
        (tmp_path / unit.name).write_text(text)

    done = run("systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir()))

    said = [line for line in done.stderr.splitlines() if "batconnect" in line]
    assert said == []
    assert done.returncode == 0, done.stderr


def test_the_units_start_what_the_procfile_starts() -> None:
    procfile = dict(
        line.split(": exec ", 1) for line in (PROJECT_ROOT / "Procfile").read_text().splitlines() if line
    )
    for name, command in procfile.items():
        unit = (DEPLOY / "systemd" / f"batconnect-{name}.service").read_text()
        (started,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
        plain = (
            started.removeprefix("ExecStart=/opt/batconnect/.venv/bin/").replace("${", "{").replace("}", "")
        )
        wanted = command.replace("${", "{").replace("}", "")
        for default in (":-127.0.0.1", ":-8000", ":-2", ":-4", ":-info"):
            wanted = wanted.replace(default, "")
        assert plain == wanted
        assert "DATABASE_OWNER_URL" not in unit


def test_a_serving_unit_is_confined() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.fail("systemd-analyze is missing: run scripts/system_packages.sh")
    for name in ("web", "worker", "beat", "metrics"):
        unit = DEPLOY / "systemd" / f"batconnect-{name}.service"
        done = run("systemd-analyze", "security", "--offline=true", "--threshold=25", unit)
        assert done.returncode == 0, done.stdout[-2000:]
