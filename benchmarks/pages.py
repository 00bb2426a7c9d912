"""Every page of the console, at the size of the demo and with many payments: server time beside that of an empty
signed-in page, and bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from benchmarks.lists import ROOT, environment, make_databases
from benchmarks.results import Section, median
from benchmarks.scratch import url_of

REPEATS, AGAIN = 3, 12
"""How often a page is asked; and once more, when it took too long: three are few on a machine that others use."""
MAX_TIMES, MAX_BYTES, MAX_FIRST_PDF_S = 3, 150_000, 2
SHOWN: Final = 12
TITLE: Final = "Pages of the console at demo size"
EMPTY: Final = "/admin/all-that-is-not-here/"
"""The frame with its menu, and a sentence."""
PEOPLE: Final = ("manager", "admin")
PAYMENTS: Final = int(os.environ.get("BENCH_PAYMENTS", "1000000"))
MAX_TIMES_OF_MANY: Final = 6


class Asked(NamedTuple):
    """What one page took: `ratio` is its median seconds ÷ those of the empty page; 0 for a page that failed."""

    path: str
    status: int
    ratio: float
    seconds: float
    empty: float
    size: int


def measure() -> Section:
    """Of each page the median time ÷ that of the empty page, asked in turns; the slowest and the largest by name."""
    section = Section(
        TITLE,
        f"The whole request in one process (no HTTP server), {REPEATS} times each ({AGAIN} times more for what "
        f"came out above {MAX_TIMES}) in turns with the page that says that nothing is at an address (frame, "
        "menu, numbers); medians. Every list, the newest row's page, every form to add, every standing page and "
        "report, as the finance manager, else as the administrator, of the demo.",
    )
    section.at_most("first PDF of a process whose renderer is warm, s", _first_pdf(), MAX_FIRST_PDF_S)
    from demo.companies import BIG_APPLE

    _analyze()
    _report(section, list(measured(BIG_APPLE, PEOPLE, limit=MAX_TIMES)), limit=MAX_TIMES)
    return section


def _analyze() -> None:
    """What autovacuum does within the first minutes: a demo just loaded has no statistics, and plans are guesses."""
    from django.db import connection

    from batconnect.core.database.roles import as_owner

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("analyze")


def measure_many() -> Section:
    """The same pages of a company with BENCH_PAYMENTS payments (a million): in the large database of `scale` where that
    ran before in this run, else in one that is filled as that is."""
    if not _is_filled():
        make_databases({"large": PAYMENTS}, trusted=True)
    section = Section(
        f"Pages of the console at {PAYMENTS:,} payments in one company",
        "As at the size of the demo, in the database of the lists at that size, as its finance manager.",
    )
    worker = [sys.executable, "-m", "benchmarks.pages_worker", str(MAX_TIMES_OF_MANY)]
    done = subprocess.run(
        worker, cwd=ROOT, env=environment("large"), stdout=subprocess.PIPE, text=True, check=True
    )
    asked = [Asked(*json.loads(line)) for line in done.stdout.splitlines()]
    _report(section, asked, limit=MAX_TIMES_OF_MANY)
    return section


def _is_filled() -> bool:
    import psycopg

    with psycopg.connect(url_of(role="superuser", database="postgres"), autocommit=True) as server:
        return server.execute("select from pg_database where datname = 'lists_large'").fetchone() is not None


def _report(section: Section, asked: Sequence[Asked], *, limit: int) -> None:
    """The slowest and the largest pages by name."""
    failed = [each for each in asked if each.status != 200]
    taken = sorted((each for each in asked if each.status == 200), key=lambda each: -each.ratio)
    section.add("pages", str(len(asked)))
    section.at_most("pages that fail", len(failed), 0)
    for each in failed:
        section.add(f"{each.path}: status", str(each.status))
    section.at_most("slowest page ÷ empty page", taken[0].ratio, limit)
    section.add(f"pages above {limit}", str(sum(each.ratio > limit for each in taken)))
    for each in taken[:SHOWN]:
        times = f"{each.empty * 1000:.0f} → {each.seconds * 1000:.0f} ms"
        section.add(f"{each.path}: ÷ empty", f"{each.ratio:.2f} ({times})")
    largest = max(taken, key=lambda each: each.size)
    section.at_most(f"largest page ({largest.path}), bytes", largest.size, MAX_BYTES)


def _first_pdf() -> float:
    """How long the first PDF takes a process in which the renderer was warmed as after the start of the web."""
    program = (
        "import time, django; django.setup();"
        "from batconnect.core.files.exports.warming import warm_renderer; warm_renderer();"
        "from batconnect.core.files.exports.warming import render_sample;"
        "began = time.perf_counter(); render_sample(); print(time.perf_counter() - began)"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.split()[-1])


def measured(company_id: UUID, people: Sequence[str], *, limit: float) -> Iterator[Asked]:
    """Each page of the company that one of these people may see, as the first of them who does; what fails for all of
    them is told with its status. A page that took more than `limit` empty ones is asked again."""
    clients = [_client(name) for name in people]
    for path in _paths(company_id):
        answers = [(client, client.get(path)) for client in clients]
        client, answer = next((each for each in answers if each[1].status_code == 200), answers[0])
        if answer.status_code >= 500:
            yield Asked(path, answer.status_code, 0, 0, 0, 0)
        if answer.status_code != 200 or "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        page, empty = _in_turns(client, path, REPEATS)
        if page > limit * empty:
            page, empty = _in_turns(client, path, AGAIN)
        yield Asked(path, 200, page / empty, page, empty, len(answer.content))


def _in_turns(client: Any, path: str, repeats: int) -> tuple[float, float]:
    """The median seconds of the page, and of the empty one."""
    times: dict[str, list[float]] = {EMPTY: [], path: []}
    for _ in range(repeats):
        for each, seconds in times.items():
            began = time.perf_counter()
            client.get(each)
            seconds.append(time.perf_counter() - began)
    return median(times[path]), median(times[EMPTY])


def _client(username: str) -> Any:
    from django.test import Client

    from batconnect.core.models import User

    client = Client(HTTP_HOST="localhost", raise_request_exception=False)
    client.force_login(
        User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
    )
    client.get(EMPTY)
    return client


def _paths(company_id: UUID) -> Iterator[str]:
    from django.contrib import admin
    from django.urls import reverse

    from batconnect.core.database.tenancy import company_context
    from console.pages import registered_pages
    from console.reports.catalog import REPORTS

    with company_context(company_id, job="bench"):
        for model in sorted(admin.site._registry, key=lambda each: each._meta.label):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            yield reverse(f"{name}_changelist")
            yield reverse(f"{name}_add")
            row = model._default_manager.order_by("-pk").first()
            if row is not None:
                yield reverse(f"{name}_change", args=[row.pk])
    for name, page in registered_pages().items():
        if "<" not in page.route:
            yield reverse(f"admin:{name}")
    yield reverse("admin:index")
    for name in REPORTS:
        yield reverse("admin:report", args=[name])
