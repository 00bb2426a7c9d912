"""Lists, reports and the verification at N payments (six postings each), beside a tenth of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from benchmarks.lists import ROOT, asking, environment, make_databases
from benchmarks.results import Section, median, percentile95
from benchmarks.scale_day import ENTRIES
from benchmarks.scratch import url_of

PAYMENTS = int(os.environ.get("BENCH_PAYMENTS", "1000000"))
ROUNDS, REPEATS = 4, 10
WORKER = "benchmarks.scale_worker"
TITLE = f"At {PAYMENTS:,} payments in one company"
LISTS = {
    "payments": "/api/payments?limit=50",
    "payments by amount": "/api/payments?limit=50&sort_by=amount",
    "customers": "/api/customers?limit=50",
    "invoices": "/api/invoices?limit=50",
    "interim payments": "/payments/interim-payments?per_page=50",
    "postings": "/ledger/postings?per_page=50",
    "balances": "/ledger/balances?per_page=50",
    "payments in the console": "/admin/payments/payment/",
    "entries in the console": "/admin/ledger/entry/",
    "obligations in the console": "/admin/ledger/obligation/",
}
MONTH = "first=2026-01-01&last=2026-01-31"
REPORTS = {
    "trial balance": "/ledger/trial-balance",
    "trial balance of a day": "/ledger/trial-balance?as_of={middle}",
    "trial balance in the console": "/admin/reports/trial-balance/",
    "profit and loss": "/admin/reports/profit-and-loss/",
    "balance sheet": "/admin/reports/balance-sheet/",
    "aging": "/admin/reports/{aging}/",
    "loans and repairs": "/admin/reports/loans-repairs/",
    "cash receipts": "/admin/reports/cash-receipts/",
    "audit trail": "/admin/reports/audit-trail/",
}
BY_CURSOR = {
    "payments": "/api/payments?limit=50",
    "postings": "/ledger/postings?per_page=50",
    "balances": "/ledger/balances?per_page=50",
}


def measure() -> Section:
    """p95 of lists in both databases in turns; medians of reports; the cursor's deep page beside the first."""
    sizes = {"small": PAYMENTS // 10, "large": PAYMENTS}
    make_databases(sizes, trusted=True)
    section = Section(
        TITLE,
        "The whole request in one process (no HTTP server). Two databases of one cluster, filled by seed_scale with as "
        f"many obligations: {PAYMENTS:,} payments, and a tenth of them; asked in turns. Lists by p95, the rest by "
        "medians. Set-based, so that all of it was posted within minutes: no day of the trail is as long in life.",
    )
    with asking("small", worker=WORKER) as small, asking("large", worker=WORKER) as large:
        for name, path in LISTS.items():
            p95 = _in_turns({"small": small, "large": large}, path)
            section.add(f"list {name}, ms", f"{p95['small'] * 1000:.1f} → {p95['large'] * 1000:.1f}")
            section.at_most(f"list {name}, large ÷ small", p95["large"] / p95["small"], 1.5)
        for name, path in BY_CURSOR.items():
            pages = {
                side: median(large(f"{path}{after}", times=REPEATS))
                for side, after in (("first", ""), ("deep", "&deep"))
            }
            section.add(f"cursor in {name}, ms", f"{pages['first'] * 1000:.1f} → {pages['deep'] * 1000:.1f}")
            section.at_most(f"deep page by cursor ÷ first page, {name}", pages["deep"] / pages["first"], 3)
        for name, path in REPORTS.items():
            taken = {
                side: median(ask(path, times=3)) * 1000 for side, ask in (("small", small), ("large", large))
            }
            section.add(f"report {name}, large ÷ small", f"{taken['large'] / taken['small']:.2f}")
            section.at_most(f"report {name}, ms", taken["large"], 500)
    more = (_bytes("large") - _bytes("small")) / (sizes["large"] - sizes["small"])
    section.at_most("bytes on disk per payment", more, 6_000)
    seconds, peak = _verify()
    section.at_most("verify_ledger, s", seconds, 40)
    section.at_most("verify_ledger, peak MB", peak, 300)
    section.at_most(f"verify_ledger --new of a day ({ENTRIES:,} entries), s", _verify_a_day(), 2)
    return section


def _in_turns(sides: dict[str, Any], path: str) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(ROUNDS + 1):
        for name in sides if number % 2 else reversed(sides):
            taken = sides[name](path, times=REPEATS)
            if number:  # the first round warms up
                times[name] += taken
    return {name: percentile95(taken) for name, taken in times.items()}


def _bytes(size: str) -> float:
    import psycopg

    with psycopg.connect(url_of(role="superuser", database=f"lists_{size}"), autocommit=True) as server:
        row = server.execute("select pg_database_size(current_database())").fetchone()
    assert row
    return float(row[0])


def _verify_a_day() -> float:
    """Seconds of the command over what a day added, less those of a command that finds no such company."""
    run = {
        "cwd": ROOT,
        "env": environment("large"),
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    subprocess.run([sys.executable, "-m", "benchmarks.scale_day"], check=True, **run)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "django", "verify_ledger", "--company", "none"], check=False, **run)
    empty = time.perf_counter() - began
    return _verify("--new")[0] - empty


def _verify(*words: str) -> tuple[float, float]:
    """Seconds of the command over the large database, and the peak megabytes of its process."""
    command = [sys.executable, "-m", "django", "verify_ledger", *words, "--company", "Hudson Premium Finance"]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment("large"), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, "verify_ledger found differences"
    return time.perf_counter() - began, used.ru_maxrss / 1024
