"""A bank statement of 10,000 lines from the upload until every line is booked and what is certain is explained."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import uuid4
from xml.sax.saxutils import escape

import psycopg

from benchmarks.batches import ask, login, peak_memory, upload, worker
from benchmarks.results import Section
from benchmarks.scratch import url_of
from benchmarks.web import web

LINES: Final = 10_000
SMALL: Final = 2_000
WORLDS: Final = (1, 2, 3)
STATEMENTS: Final = "/api/accounting/bank-statements"
TITLE: Final = "Statements"
NOTE: Final = (
    f"A CAMT.053 file of {LINES:,} lines, uploaded, then booked and decided by the worker of the Procfile. The lines "
    "are those of the benchmark of matching (docs/matching.md), over three of its worlds in one company: 7,200 "
    "customers with what they have open; payments that are certain are applied by fifo. Before it, for the memory, a "
    f"statement of {SMALL:,} lines."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A statement that is booked: seconds of the upload's answer and of all, seconds of both processors that the worker
    and the sessions of the database used, the shares of progress that were seen, and its id."""

    answered: float
    seconds: float
    used: float
    seen: frozenset[int]
    statement: str


def measure() -> Section:
    """Seconds until the statement is booked, the share that was explained without a person, progress and memory."""
    headers, company = login()
    small, large = prepare()
    with worker() as number, web() as port:
        _run(number, port, headers, small)
        after_small = peak_memory(number)
        run = _run(number, port, headers, large)
        after_large = peak_memory(number)
    section = Section(TITLE, NOTE)
    section.add("the upload's answer, s", f"{run.answered:.1f}")
    section.at_most("from the upload until it is booked and decided, s", run.seconds, 30)
    section.add("what worker and database used of the processors for it, s", f"{run.used:.1f}")
    section.add("processes that wanted a processor, on average", f"{os.getloadavg()[0]:.1f}")
    # Names of three worlds in one company are nearer to one another than those of the one that `matching` holds to 70.
    section.add("explained without a person, % of all lines", f"{_explained(company, run.statement):.1f}")
    section.at_least("different shares of progress that were seen", len(run.seen), 10)
    section.at_most("worker's largest process, MB", after_large / 1024, 250)
    section.at_most(f"its peak after {LINES:,} lines ÷ after {SMALL:,}", after_large / after_small, 1.25)
    return section


def prepare() -> tuple[bytes, bytes]:
    """Make the worlds and their known payments; two files that follow one another."""
    from batconnect.core.database.tenancy import company_context
    from demo.companies import BIG_APPLE

    with company_context(BIG_APPLE, job="bench") as actor:
        files = _files(actor)
    with psycopg.connect(url_of(role="superuser", database="batconnect"), autocommit=True) as server:
        server.execute("vacuum analyze")
        server.execute("checkpoint")
    return files


def _files(actor: Any) -> tuple[bytes, bytes]:
    from benchmarks.matching import truth_of
    from benchmarks.matching_lines import Maker
    from benchmarks.matching_world import build

    dice = random.Random(1)
    makers = [Maker(dice, build(dice, actor, mark=str(each))) for each in WORLDS]
    day = makers[0].world.today
    files, opening = [], Decimal("0.00")
    for number, count in ((1, SMALL), (2, LINES)):
        said = [makers[place % len(makers)].draw() for place in range(count)]
        for each in said:
            truth_of(actor, each, day - timedelta(days=2))
        content, opening = _camt(number, said, day - timedelta(days=4 - 2 * number + 2), opening)
        files.append(content)
    return files[0], files[1]


def _camt(number: int, said: Sequence[Any], day: Any, opening: Decimal) -> tuple[bytes, Decimal]:
    """The lines as a bank's file, and the closing balance."""
    closing = opening + sum(
        (each.amount if each.direction == "in" else -each.amount for each in said), Decimal(0)
    )
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{abs(amount)}</Amt>'
        f"<CdtDbtInd>{'CRDT' if amount >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, amount in (("OPBD", opening), ("CLBD", closing))
    )
    entries = "".join(_entry(number, place, each, day) for place, each in enumerate(said))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>M{number}</MsgId></GrpHdr><Stmt><Id>S{number}</Id>"
        f"<ElctrncSeqNb>{number}</ElctrncSeqNb>{balances}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode(), closing


def _entry(number: int, place: int, said: Any, day: Any) -> str:
    way, party = ("CRDT", "Dbtr") if said.direction == "in" else ("DBIT", "Cdtr")
    name = f"<{party}><Pty><Nm>{escape(said.payer_name)}</Nm></Pty></{party}>" if said.payer_name else ""
    account = (
        f"<{party}Acct><Id><Othr><Id>{said.payer_account}</Id></Othr></Id></{party}Acct>"
        if said.payer_account
        else ""
    )
    text = f"<Ustrd>{escape(said.text)}</Ustrd>" if said.text else ""
    named = "".join(f"<Strd><CdtrRefInf><Ref>{escape(each)}</Ref></CdtrRefInf></Strd>" for each in said.named)
    return (
        f'<Ntry><Amt Ccy="USD">{said.amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>B{number}-{place}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<RltdPties>{name}{account}</RltdPties><RmtInf>{text}{named}</RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _run(process: int, port: int, headers: dict[str, str], content: bytes) -> Outcome:
    """Upload the file and wait until it is done."""
    clock = _Clock(process)
    clock.read()
    began = time.perf_counter()
    sent = {**headers, "Idempotency-Key": str(uuid4())}
    status, answer = upload(port, STATEMENTS, sent, content, name="s.xml", fields={"strategy": "fifo"})
    assert status == 202, answer
    answered = time.perf_counter() - began
    (statement,) = answer["statements"]
    seen: set[int] = set()
    while True:
        _, state = ask(port, "GET", f"{STATEMENTS}/{statement['id']}", headers)
        seen.add(state["progress_percentage"])
        clock.read()
        if state["status"] not in ("received", "booking"):
            break
        time.sleep(0.3)
    seconds = time.perf_counter() - began
    assert (state["status"], state["booked_lines"]) == ("booked", state["total_lines"]), state
    return Outcome(answered, seconds, clock.used(), frozenset(seen), statement["id"])


class _Clock:
    """What the worker's processes and the sessions of the database used of the processors since it was first read."""

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._first: dict[int, int] = {}
        self._last: dict[int, int] = {}

    def read(self) -> None:
        """Read it again; a process that ends later counts with what it had by now."""
        is_first = not self._last
        url = url_of(role="superuser", database="batconnect")
        with psycopg.connect(url, autocommit=True) as server:
            sessions = [pid for (pid,) in server.execute("select pid from pg_stat_activity").fetchall()]
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal() and (ticks := self._ticks(folder, sessions)) is not None:
                self._last[int(folder.name)] = ticks
                if is_first:
                    self._first[int(folder.name)] = ticks

    def used(self) -> float:
        """Seconds between the first reading and the last."""
        ticks = sum(last - self._first.get(pid, 0) for pid, last in self._last.items())
        return ticks / os.sysconf("SC_CLK_TCK")

    def _ticks(self, folder: Path, sessions: Sequence[int]) -> int | None:
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        if int(folder.name) not in (*sessions, self._worker) and int(fields[1]) != self._worker:
            return None
        return int(fields[11]) + int(fields[12])


def _explained(company: Any, statement: str) -> float:
    from bank.models import LinePart
    from batconnect.core.database.tenancy import company_context

    with company_context(company, job="bench"):
        parts = LinePart.objects.filter(line__statement=statement)
        return 100 * parts.filter(status="explained").count() / parts.count()
