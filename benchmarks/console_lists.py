"""The console's lists at 1,000,000 payments and obligations: first page, filtered, searched, deep, added up."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.lists import ROOT, environment, make_databases
from benchmarks.results import Section, median, percentile95

PAYMENTS = 1_000_000
REPEATS = 15
MOST_MS = 300
MOST_ADDING_MS = 10_000
TITLE = "The console's lists at 1,000,000 payments"


def measure() -> Section:
    """Per list and question the time from asking to the whole page."""
    make_databases({"large": PAYMENTS})
    section = Section(
        TITLE,
        f"The whole request in one process (no HTTP server), {REPEATS} times each, median and p95 in ms; a database "
        "filled by seed_scale with as many obligations. Pages of 50 rows with filters, totals and count; above 10,000 "
        "rows the page adds up everything only when it is asked to.",
    )
    worker = subprocess.run(
        [sys.executable, "-m", "benchmarks.console_lists_worker", str(REPEATS)],
        cwd=ROOT,
        env=environment("large"),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for line in worker.stdout.splitlines():
        answer = json.loads(line)
        times = [seconds * 1000 for seconds in answer["seconds"]]
        most = MOST_ADDING_MS if answer["adds_up"] else MOST_MS
        section.add(f"{answer['what']}, median ms", f"{median(times):.1f}")
        section.at_most(f"{answer['what']}, p95 ms", percentile95(times), most)
    return section
