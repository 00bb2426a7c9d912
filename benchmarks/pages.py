"""Every page of the console at the size of the demo: server time beside that of an empty signed-in page, and bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from benchmarks.results import Section, median

REPEATS, AGAIN = 3, 12
"""How often a page is asked; and once more, when it took too long: three are few on a machine that others use."""
MAX_TIMES, MAX_BYTES, MAX_FIRST_PDF_S = 3, 150_000, 2
SHOWN: Final = 12
TITLE: Final = "Pages of the console at demo size"
EMPTY: Final = "/admin/all-that-is-not-here/"
"""The frame with its menu, and a sentence."""
PEOPLE: Final = ("manager", "admin")


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
    taken = sorted(_measured(), key=lambda each: -each[1])
    above = [each for each in taken if each[1] > MAX_TIMES]
    section.add("pages", str(len(taken)))
    section.at_most("slowest page ÷ empty page", taken[0][1], MAX_TIMES)
    section.add(f"pages above {MAX_TIMES}", str(len(above)))
    for path, ratio, seconds, empty, _ in taken[:SHOWN]:
        section.add(f"{path}: ÷ empty", f"{ratio:.2f} ({empty * 1000:.0f} → {seconds * 1000:.0f} ms)")
    largest = max(taken, key=lambda each: each[4])
    section.at_most(f"largest page ({largest[0]}), bytes", largest[4], MAX_BYTES)
    return section


def _first_pdf() -> float:
    """How long the first PDF takes a process in which the renderer was warmed as after the start of the web."""
    import subprocess
    import sys

    program = (
        "import time, django; django.setup();"
        "from batconnect.core.files.exports.warming import warm_renderer; warm_renderer();"
        "from batconnect.core.files.exports.warming import render_sample;"
        "began = time.perf_counter(); render_sample(); print(time.perf_counter() - began)"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.split()[-1])


def _measured() -> Iterator[tuple[str, float, float, float, int]]:
    """Path, ratio, seconds, seconds of the empty page, bytes."""
    clients = {name: _client(name) for name in PEOPLE}
    for path in _paths():
        client = next((each for each in clients.values() if each.get(path).status_code == 200), None)
        if client is None:
            continue
        answer = client.get(path)
        if "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        page, empty = _in_turns(client, path, REPEATS)
        if page > MAX_TIMES * empty:
            page, empty = _in_turns(client, path, AGAIN)
        yield path, page / empty, page, empty, len(answer.content)


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


def _paths() -> Iterator[str]:
    from django.contrib import admin
    from django.urls import reverse

    from batconnect.core.database.tenancy import company_context
    from console.pages import registered_pages
    from console.reports.catalog import REPORTS
    from demo.companies import BIG_APPLE

    with company_context(BIG_APPLE, job="bench"):
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
