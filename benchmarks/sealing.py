"""What sealing costs where there is much: the backlog, a round on top of it, the check, and a pack."""

from __future__ import annotations

import os
import time
from io import BytesIO
from typing import Any, Final

from benchmarks.posting import BATCH, post
from benchmarks.results import Section

ENTRIES: Final = int(os.environ.get("BENCH_SEALED", "100000"))
ROUNDS: Final = 5


def measure() -> Section:
    """Seconds at ENTRIES entries of two postings each."""
    from batconnect.core.database.tenancy import company_context
    from batconnect.core.sealing.checking import check_and_count
    from batconnect.core.sealing.packs import write_pack
    from demo.companies import BIG_APPLE

    def timed(work: Any) -> tuple[float, Any]:
        with company_context(BIG_APPLE, job="bench") as actor:
            began = time.perf_counter()
            done = work(actor)
        return time.perf_counter() - began, done

    with company_context(BIG_APPLE, job="bench") as actor:
        pass
    for _ in range(ENTRIES // BATCH):
        post(actor, BATCH)
    began = time.perf_counter()
    sealed = _seal(BIG_APPLE)
    backlog = time.perf_counter() - began
    rounds = []
    for _ in range(ROUNDS):
        post(actor, 10)
        began = time.perf_counter()
        _seal(BIG_APPLE, everything=False)
        rounds.append(time.perf_counter() - began)
    check, (counts, _) = timed(lambda actor: check_and_count(actor=actor))
    pack, size = timed(lambda actor: _pack(actor, write_pack))
    section = Section(
        "Sealing",
        f"{ENTRIES:,} entries of two postings beside the demo's rows; {sealed:,} rows in {counts['seals']} seals.",
    )
    section.add("backlog, s", f"{backlog:.1f}")
    section.add("backlog, rows/s", f"{sealed / backlog:,.0f}")
    section.add(
        "a round on top with 10 entries, and one that finds nothing, ms",
        f"{1000 * sorted(rounds)[ROUNDS // 2]:.0f}",
    )
    section.add("every seal checked, s", f"{check:.1f}")
    section.add("pack of all seals, s", f"{pack:.1f}")
    section.add("pack of all seals, MB", f"{size / 1024 / 1024:.1f}")
    section.add("differences", f"{counts['differences']}")
    return section


def _seal(company_id: Any, *, everything: bool = True) -> int:
    from batconnect.core.database.tenancy import company_context
    from batconnect.core.sealing.sealing import seal_rows

    sealed = 0
    while True:
        with company_context(company_id, job="bench") as actor:
            more = seal_rows(actor=actor, everything=everything)
        if not more:
            return sealed
        sealed += more


def _pack(actor: Any, write_pack: Any) -> int:
    from batconnect.core.models import Seal

    last = Seal.objects.filter(company_id=actor.company_id).order_by("-number").values_list("number").first()
    file = BytesIO()
    write_pack(actor=actor, first=1, last=last[0], file=file)
    return len(file.getvalue())
