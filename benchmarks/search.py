"""The console's search and a customer's page at 1,000,000 payments."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.lists import ROOT, environment, make_databases
from benchmarks.results import Section, median, percentile95

PAYMENTS = 1_000_000
REPEATS = 40
MAX_MS = 300
TITLE = "Finding anything at 1,000,000 payments"


def measure() -> Section:
    """Per kind of number the time from asking for it to the answer that leads to its row."""
    make_databases({"large": PAYMENTS}, trusted=True)
    section = Section(
        TITLE,
        f"The whole request of `/admin/find/` in one process (no HTTP server), {REPEATS} times each, median and p95 in "
        "ms; a database filled by seed_scale with as many obligations, a hundredth as many drivers, and the demo's "
        "documents. An exact number answers with the redirect to its row, a beginning with the page of what begins so.",
    )
    worker = subprocess.run(
        [sys.executable, "-m", "benchmarks.search_worker", str(REPEATS)],
        cwd=ROOT,
        env=environment("large"),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for line in worker.stdout.splitlines():
        answer = json.loads(line)
        times = [seconds * 1000 for seconds in answer["seconds"]]
        slowest = percentile95(times)
        section.add(f"{answer['what']}, median ms", f"{median(times):.1f}")
        section.at_most(f"{answer['what']}, p95 ms", slowest, MAX_MS)
    return section
