"""A long statement whose web server and worker are killed in the middle of it: each line once, and bank = books."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, Final

import pytest

from bank.tests.readers.files import balance, camt, detail, entry
from demo.companies import BIG_APPLE
from tests.system.installation import Installation
from tests.system.processes.finding import WEB, WORKER, children, program
from tests.system.processes.test_dead_processes import wait_until

pytestmark = pytest.mark.system

LINES: Final = 2_000
BOOKED_SECONDS: Final = 420
"""Three deaths of workers, each noticed by its lease or the sweep of every minute, and the work itself."""
BUSY: Final = {409, 429, 502, 503}
_COUNTS: Final = """
select s.status,
  (select count(*) from bank_statement_lines l where l.statement_id = s.id and l.state = 'booked'),
  (select count(*) from bank_explanations e join bank_line_parts p on p.id = e.part_id
    join bank_statement_lines l on l.id = p.line_id where l.statement_id = s.id)
from bank_statements s where s.file_name = '{name}.xml'
"""
_LINES: Final = """
select count(*), count(distinct identity), count(distinct entry_id) from bank_statement_lines l
join bank_statements s on s.id = l.statement_id where s.file_name = '{name}.xml' and l.state = 'booked'
"""
_ENTRIES: Final = """
select count(*), count(distinct e.source_id) from ledger_entries e where e.event = 'statement_line_booked'
  and exists (select from bank_statement_lines l join bank_statements s on s.id = l.statement_id
    where s.file_name = '{name}.xml' and l.entry_id = e.id)
"""
_ALL_ENTRIES: Final = """
select count(distinct p.entry_id), sum(p.amount) from ledger_postings p join ledger_accounts a on a.id = p.account_id
where a.code = 'bank:{name}'
"""
_EXPLAINED: Final = """
select count(*), count(distinct e.part_id), count(distinct e.payment_id), count(distinct p.id)
from bank_explanations e
join bank_line_parts x on x.id = e.part_id
join bank_statement_lines l on l.id = x.line_id
join bank_statements s on s.id = l.statement_id
left join payments p on p.id = e.payment_id and p.status = 'posted'
where s.file_name = '{name}.xml' and e.status = 'live'
"""


class Manager:
    """The finance manager's calls, repeated with the same key until there is an answer."""

    def __init__(self, installation: Installation) -> None:
        self.address = f"http://127.0.0.1:{installation.port}"
        password = installation.data.demo_logins.read_text().split("Password", 1)[1].split()[0]
        self.headers = {"X-Company-Id": str(BIG_APPLE)}
        token = self.call("/api/token/", json.dumps({"username": "manager", "password": password}).encode())
        self.headers["Authorization"] = f"Bearer {token['access']}"

    def call(
        self, path: str, body: bytes | None = None, kind: str = "application/json", key: str = ""
    ) -> Any:
        """The answer's body. A server that is gone, or still busy with the same key, is asked again."""
        headers = {**self.headers, "Content-Type": kind, "Idempotency-Key": key or str(uuid.uuid4())}
        deadline = time.monotonic() + 120
        while True:
            request = urllib.request.Request(f"{self.address}{path}", data=body, headers=headers)  # noqa: S310 - our own server
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                said = error.read().decode()
                if error.code not in BUSY:
                    pytest.fail(said)
            except (OSError, ValueError):
                said = "no answer"
            assert time.monotonic() < deadline, said
            time.sleep(0.2)

    def open_account(self, name: str) -> str:
        """A bank account of that code; its id."""
        account = self.call(
            "/api/accounting/bank-accounts",
            json.dumps({"code": name, "name": name, "currency": "USD"}).encode(),
        )
        return str(account["id"])

    def upload(self, content: str, *, name: str, **fields: str) -> Any:
        """Send the statement as the file `{name}.xml`."""
        mark = uuid.uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in fields.items()
        ]
        parts.append(
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}.xml"\r\n'
            f"Content-Type: application/xml\r\n\r\n{content}\r\n--{mark}--\r\n"
        )
        return self.call(
            "/api/accounting/bank-statements",
            "".join(parts).encode(),
            f"multipart/form-data; boundary={mark}",
        )


def statement(day: str, name: str) -> tuple[str, Decimal]:
    """Lines in and out, every third of somebody whom the system knows by name; and what they come to."""
    rows, total = [], Decimal("0.00")
    for number in range(1, LINES + 1):
        amount = Decimal(number) / 100
        way = "DBIT" if number % 7 == 0 else "CRDT"
        total += amount if way == "CRDT" else -amount
        inside = (
            f"<RltdPties><Dbtr><Nm>{name if number % 3 == 0 else 'Somebody Else'}</Nm></Dbtr></RltdPties>"
        )
        rows.append(
            entry(
                f"{amount:.2f}",
                way,
                day=f"<Dt>{day}</Dt>",
                reference=f"KILLED-{number}",
                details=detail(inside=inside),
            )
        )
    return camt(balance("OPBD", "0.00", day=day), balance("CLBD", f"{total:.2f}", day=day), *rows), total


def kill(find: Callable[[Installation], list[int]], installation: Installation) -> None:
    pids = find(installation)
    assert pids, "nothing to kill"
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_each_line_is_there_once(installation: Installation) -> None:
    manager = Manager(installation)
    name = "killed-worker"
    account_id = manager.open_account(name)
    ((day, known),) = installation.rows_of_all(
        "select to_char(now() - interval '1 day', 'YYYY-MM-DD'), (select name from customers"
        f" where company_id = '{BIG_APPLE}' group by name having count(*) = 1 order by length(name) desc limit 1)"
    )
    content, total = statement(day, known)

    def counts() -> tuple[str, int, int]:
        rows = installation.rows_of_all(_COUNTS.format(name=name))
        return rows[0] if rows else ("", 0, 0)  # type: ignore[return-value]  # three columns

    def until(so: Callable[[str, int, int], bool], what: str) -> None:
        wait_until(lambda: so(*counts()), seconds=BOOKED_SECONDS, what=what, installation=installation)

    manager.upload(content, name=name, bank_account_id=account_id, strategy="fifo")
    until(lambda status, booked, explained: booked > 0, "a first chunk")
    kill(children(WORKER), installation)
    until(lambda status, booked, explained: booked >= LINES // 2, "half of the lines")
    kill(program(WORKER), installation)
    until(lambda status, booked, explained: explained > 0 or status == "booked", "a first explanation")
    kill(children(WORKER), installation)
    until(lambda status, booked, explained: status == "booked", "the statement booked")

    verified = installation.manage("verify_ledger")
    assert installation.rows_of_all(_LINES.format(name=name)) == [(LINES, LINES, LINES)]
    assert installation.rows_of_all(_ENTRIES.format(name=name)) == [(LINES, LINES)]
    assert installation.rows_of_all(_ALL_ENTRIES.format(name=name)) == [(LINES, total)]
    ((explained, parts, named, payments),) = installation.rows_of_all(_EXPLAINED.format(name=name))
    assert explained == parts == named == payments > 0
    assert installation.rows_of_all(
        f"select is_proven from bank_statements where file_name = '{name}.xml'"
    ) == [(True,)]
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_an_upload_whose_server_is_killed_is_taken_once(installation: Installation) -> None:
    manager = Manager(installation)
    name = "killed-web"
    account_id = manager.open_account(name)
    ((day,),) = installation.rows_of_all("select to_char(now() - interval '1 day', 'YYYY-MM-DD')")
    content, total = statement(day, "Somebody Else")
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(manager.upload, content, name=name, bank_account_id=account_id)
        for _ in range(3):
            time.sleep(0.4)
            kill(children(WEB), installation)
        answer = sent.result()

    (taken,) = answer["statements"]
    assert taken["total_lines"] == LINES
    assert installation.rows_of_all(
        f"select count(*) from bank_statements where file_name = '{name}.xml'"
    ) == [(1,)]
    wait_until(
        lambda: installation.rows_of_all(_ALL_ENTRIES.format(name=name)) == [(LINES, total)],
        seconds=BOOKED_SECONDS,
        what="the statement booked",
        installation=installation,
    )
    verified = installation.manage("verify_ledger")
    assert verified.returncode == 0, verified.stdout + verified.stderr
