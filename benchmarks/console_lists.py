"""The console's lists at 1,000,000 payments and obligations: first page, filtered, searched, deep, added up."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.lists import ROOT, environment, make_databases
from benchmarks.results import Section, median

PAYMENTS = 1_000_000
REPEATS = 9
MAX_TIMES, MAX_TIMES_READING_ALL, MAX_ADDING_MS = 3, 10, 10_000
TITLE = "The console's lists at 1,000,000 payments"


def measure() -> Section:
    """Per list and question the time from asking to the whole page, by that of a list of fifty rows."""
    make_databases({"large": PAYMENTS})
    section = Section(
        TITLE,
        f"The whole request in one process (no HTTP server), {REPEATS} times each, in turns with the chart of accounts "
        "(some fifty rows); medians. A database filled by seed_scale with as many obligations. Pages of 50 rows with "
        "filters, totals and count; above 10,000 rows a page adds up everything only when it is asked to. * no index "
        "narrows it: every row, or every row of a category, is read.",
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
        small, taken = (median(answer[side]) * 1000 for side in ("small", "seconds"))
        if answer["adds_up"]:
            section.at_most(f"{answer['what']}, ms", taken, MAX_ADDING_MS)
            continue
        section.add(f"{answer['what']}, ms", f"{small:.0f} → {taken:.0f}")
        limit = MAX_TIMES_READING_ALL if answer["reads_all"] else MAX_TIMES
        section.at_most(f"{answer['what']} ÷ fifty rows", taken / small, limit)
    return section
