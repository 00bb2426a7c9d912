"""A plugin of pytest's: while tests run, the first call of each service is repeated with a fault at each statement.

Each service (`tests.faults.marked`) is watched. When a test calls it, the call is made again and again with copies of
what it was given, and fails: before its first statement is sent, before its second, …, and after each one that writes
was answered. Whatever the service's mark says is rolled back has to be, and nothing else may stay either: no row, file,
mail or message to a worker. A service that goes on after a fault as if nothing were is named. What works by several
transactions is run to the end after each fault, and has to come to what it comes to without one.

Then the call goes through, and the test goes on: what it asserts holds after all those faults.

`pytest -p tests.faults.injecting` writes a file of what was tried, and in which test, to the folder FAULTS_REPORT.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path
from types import GeneratorType
from typing import Any, Final
from uuid import UUID

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.db import OperationalError, connection, transaction

from batconnect.core.kernel import clock
from tests.faults.finishing import FINISHED_BY_SCHEDULES, LEASES, TRIED_IN, finish_by_schedules
from tests.faults.marked import PIECEMEAL, Service, marked, watch

LIMIT_EACH: Final = 60
"""A service with more statements is failed at so many of them, evenly spread, and at all that write."""
LIMIT_WRITES: Final = 60
LIMIT_PIECEMEAL: Final = 12
"""Fewer where each fault is followed by a run to the end."""
LIMIT_LOOKED_AT: Final = 25
"""So many calls of a service are looked at before the search for one that writes is given up."""
_OF_DJANGO: Final = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
_DECLARED: Final = frozenset({"Declared"})
_WRITES: Final = re.compile(
    r"\binsert\s+into\b|\bupdate\s+(only\s+)?[\w\"]+\s.*?\bset\b|\bdelete\s+from\b", re.DOTALL
)


class Fault(Exception):
    """What comes in the place of a statement."""


class AnswerLost(OperationalError):
    """What comes in the place of its answer: a fault that a service might take for one that it knows."""


@dataclass
class Trial:
    """What is known of one service."""

    service: Service
    original: Callable[..., Any]
    looked_at: int = 0
    tried: bool = False
    test: str = ""
    uncopied: str = ""
    statements: int = 0
    writes: int = 0
    faults: int = 0
    wrong: list[str] = field(default_factory=list)

    def is_over(self) -> bool:
        """A call that writes was tried, or none was found among many."""
        return (self.tried and self.writes > 0) or self.looked_at >= LIMIT_LOOKED_AT

    def report(self) -> dict[str, Any]:
        return {
            **{name: value for name, value in vars(self).items() if name not in {"service", "original"}},
            **asdict(self.service),
        }


class Sent:
    """A wrapper of statements that counts them, and fails at the one of that place, counted from 1; or after it."""

    def __init__(self, *, place: int = 0, after: bool = False) -> None:
        self.place, self.after = place, after
        self.writes: list[bool] = []
        self.came = False

    def __call__(self, execute: Any, statement: Any, values: Any, many: bool, context: Any) -> Any:
        text = str(statement)
        if text.startswith(_OF_DJANGO):
            return execute(statement, values, many, context)
        self.writes.append(_WRITES.search(text.lower()) is not None)
        if len(self.writes) != self.place:
            return execute(statement, values, many, context)
        self.came = True
        if self.after:
            execute(statement, values, many, context)
            raise AnswerLost
        raise Fault


class Injector:
    """Stands in the place of every service."""

    def __init__(self) -> None:
        self.busy, self.test = False, ""
        self.trials: dict[str, Trial] = {}

    def begin(self) -> None:
        """Watch all of them: they are imported now, if they were not."""
        for service in marked():
            original = watch(service, by=partial(self.called, service.title))
            self.trials[service.title] = Trial(service, original)

    def called(self, title: str, *args: Any, **kwargs: Any) -> Any:
        """A service is called."""
        trial = self.trials[title]
        if (
            self.busy
            or trial.is_over()
            or connection.needs_rollback
            or not self.test.startswith(TRIED_IN.get(title, ""))
            or threading.current_thread() is not threading.main_thread()
        ):
            return trial.original(*args, **kwargs)
        args, kwargs = _listed(args), dict(zip(kwargs, _listed(tuple(kwargs.values())), strict=True))
        self.busy = True
        try:
            try_out(trial, (args, kwargs), test=self.test)
        finally:
            self.busy = False
        return trial.original(*args, **kwargs)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """The test that calls."""
        self.test = item.nodeid
        answer = yield
        self.write()
        return answer

    def pytest_collection_finish(self) -> None:
        """Everything is imported."""
        self.begin()

    def write(self) -> None:
        """What is known so far: a run that is cut off has said what it found."""
        folder = Path(os.environ["FAULTS_REPORT"])
        folder.mkdir(parents=True, exist_ok=True)
        report = [trial.report() for trial in self.trials.values()]
        (folder / f"{os.getpid()}.json").write_text(json.dumps(report), encoding="utf-8")


def try_out(trial: Trial, given: tuple[tuple[Any, ...], dict[str, Any]], *, test: str) -> None:
    """Call the service with copies of this, without a fault and then with one at each statement; nothing stays of it.

    Only where the call comes through, and writes or is the first.
    """
    trial.looked_at += 1
    try:
        _copied(given)
    except Exception as error:  # noqa: BLE001 - whatever cannot be copied
        trial.uncopied = f"{type(error).__name__}: {error}"
        return
    with _undone():
        sent = Sent()
        outside = _outside()
        refused = _attempt(trial, given, sent) is not None
        _clear(outside)
        if refused or (trial.tried and not any(sent.writes)):
            return
        trial.tried, trial.test = True, test
        trial.statements, trial.writes, trial.faults = len(sent.writes), sum(sent.writes), 0
        if trial.service.mark in PIECEMEAL:
            _finish_after_each(trial, given, sent.writes)
        else:
            _fail_at_each(trial, given, sent.writes)


def _fail_at_each(trial: Trial, given: Any, writes: list[bool]) -> None:
    is_part = trial.service.mark == "joins_transaction"
    before = {} if is_part else _everything()
    outside = _outside()
    for place, after in _places(writes, limit=LIMIT_EACH):
        sent = Sent(place=place, after=after)
        error = _attempt(trial, given, sent, undo=is_part)
        trial.faults += sent.came
        where = f"{'after' if after else 'at'} statement {place} of {len(writes)}"
        if sent.came and error is None:
            trial.wrong.append(f"goes on {where}")
        if (left := _outside()) != outside:
            trial.wrong.append(f"{_difference(outside, left)} stays of a fault {where}")
            _clear(outside)
    if not is_part and (now := _everything()) != before:
        trial.wrong.append(
            f"rows stay of a fault: {', '.join(each for each in now if now[each] != before[each])}"
        )


def _finish_after_each(trial: Trial, given: Any, writes: list[bool]) -> None:
    outside = _outside()
    expected = _finished(trial, given, None)
    for place, after in _places(writes, limit=LIMIT_PIECEMEAL):
        sent = Sent(place=place, after=after)
        came_to = _finished(trial, given, sent)
        trial.faults += sent.came
        if came_to != expected:
            where = f"{'after' if after else 'at'} statement {place} of {len(writes)}"
            trial.wrong.append(
                f"comes to something else after a fault {where}: {_difference(expected, came_to)}"
            )
        _clear(outside)
    _clear(outside)


def _finished(trial: Trial, given: Any, sent: Sent | None) -> dict[str, Any]:
    """What the books are when the service was run to its end, after a fault or without one."""
    with _undone():
        if sent is not None:
            _run(trial, given, sent)
        errors = [_run(trial, given, Sent())]
        if trial.service.mark == "outside_transactions":
            # What was begun when it failed has its turn again once its lease is over.
            with time_machine.travel(clock.now() + LEASES, tick=False):
                errors.append(_run(trial, given, Sent()))
        if trial.service.title in FINISHED_BY_SCHEDULES:
            finish_by_schedules(_company_of(given))
        of_the_way = FINISHED_BY_SCHEDULES.get(trial.service.title, frozenset())
        kept = {table: rows for table, rows in _kept_in_the_end().items() if table not in of_the_way}
        return {**kept, "what it raised": repr([error for error in errors if error])}


def _company_of(given: tuple[tuple[Any, ...], dict[str, Any]]) -> UUID:
    _, by_name = given
    company_id: UUID = by_name["company_id"] if "company_id" in by_name else by_name["actor"].company_id
    return company_id


def _attempt(trial: Trial, given: Any, sent: Sent, *, undo: bool = True) -> Exception | None:
    """Call it; what it raised. Undone where it came through, and with `undo` in any case, as its caller would."""
    with _savepoint():
        error = _run(trial, given, sent)
        if trial.service.mark == "transaction.atomic" and connection.needs_rollback:
            trial.wrong.append("leaves the rollback to its caller")
        if undo or error is None:
            transaction.set_rollback(True)
    return error


def _run(trial: Trial, given: Any, sent: Sent) -> Exception | None:
    args, kwargs = _copied(given)
    try:
        with connection.execute_wrapper(sent):
            answer = trial.original(*args, **kwargs)
            if isinstance(answer, GeneratorType):
                # It begins when it is asked for the first of what it gives.
                list(answer)
    except Exception as error:  # noqa: BLE001 - whatever it makes of the fault
        return error
    return None


def _copied(given: tuple[tuple[Any, ...], dict[str, Any]]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Everything but what was declared when the apps were loaded."""
    args, kwargs = given
    declared = {id(each): each for each in (*args, *kwargs.values()) if type(each).__name__ in _DECLARED}
    return deepcopy(given, declared)


def _places(writes: list[bool], *, limit: int) -> list[tuple[int, bool]]:
    """Where to fail: before statements, and after those that write and the last."""
    every = range(1, len(writes) + 1)
    writing = _spread([place for place in every if writes[place - 1]], limit=min(limit, LIMIT_WRITES))
    before = sorted({*_spread(list(every), limit=limit), *writing})
    return [(place, False) for place in before] + [(place, True) for place in sorted({*writing, *every[-1:]})]


def _spread(places: list[int], *, limit: int) -> list[int]:
    if len(places) <= limit:
        return places
    return [places[at * len(places) // limit] for at in range(limit)]


@contextmanager
def _savepoint() -> Iterator[None]:
    block = transaction.atomic()
    # As the transaction around a test: who calls the world outside may do so in it.
    block._from_testcase = True  # type: ignore[attr-defined]  # as django.test sets it
    with block:
        yield


@contextmanager
def _undone() -> Iterator[None]:
    """Nothing of what is done inside stays."""
    outside = _outside()
    with _savepoint():
        try:
            yield
        finally:
            transaction.set_rollback(True)
    _clear(outside)


def _listed(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """What can be gone through once alone is made a list."""
    return tuple(
        list(each) if isinstance(each, GeneratorType | map | filter | zip) else each for each in values
    )


def _outside() -> dict[str, Any]:
    """What a rollback does not take back: files, mails, and what is done after the commit."""
    root = Path(settings.MEDIA_ROOT)
    return {
        "a file": sorted(str(path) for path in root.rglob("*") if path.is_file()),
        "a mail": len(getattr(mail, "outbox", ())),
        "what follows the commit": len(connection.run_on_commit),
    }


def _clear(outside: dict[str, Any]) -> None:
    for path in set(_outside()["a file"]) - set(outside["a file"]):
        Path(path).unlink()
    del getattr(mail, "outbox", [])[outside["a mail"] :]
    del connection.run_on_commit[outside["what follows the commit"] :]


def _difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    return ", ".join(each for each in {**before, **after} if before.get(each) != after.get(each))


_TABLES: Final = """
select c.relname,
  exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'company_id' and not a.attisdropped),
  coalesce((select array_agg(a.attname::text) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
    and (a.attname = any(%s) or a.attname like '%%\\_id'
      or a.atttypid = any('{uuid,timestamptz,bytea,json,jsonb}'::regtype[]))), '{}')
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'select')
order by 1
"""
_COLUMNS_OF_THE_WAY: Final = ["id", "actor", "attempts", "gateway_reference", "questions", "sendings"]
_OF_THE_WAY: Final = frozenset({"work_holds", "job_runs", "job_states", "counters", "notices"})
"""Tables and columns that tell how something was done, not what: who held it, how often it was tried, that it failed at
first."""
_UUID: Final = "[0-9a-f]{8}-[0-9a-f-]{27}"


def _everything() -> dict[str, Any]:
    """Every row of both companies, and of the tables that belong to none."""
    from tests.digest import digest

    return {**digest(), **_read("others")}


def _kept_in_the_end() -> dict[str, Any]:
    """What the rows say but for ids, times and who brought it there, of both companies."""
    return _read("kept")


def _read(statement: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_statements()[statement])
        return {table: (count, checksum) for table, count, checksum in cursor.fetchall()}


@cache
def _statements() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [_COLUMNS_OF_THE_WAY])
        tables = cursor.fetchall()
    whole = "select '{0}', count(*), sum(hashtextextended(t::text, 0)::numeric)::text from \"{0}\" t"
    kept = (
        "select '{0}', count(*), sum(hashtextextended(regexp_replace((to_jsonb(t) - '{{{1}}}'::text[])::text, "
        "'{2}', '', 'g'), 0)::numeric)::text from \"{0}\" t"
    )
    return {
        "others": " union all ".join(
            whole.format(table) for table, of_company, _ in tables if not of_company
        ),
        "kept": " union all ".join(
            kept.format(table, ",".join(columns), _UUID)
            for table, _, columns in tables
            if table not in _OF_THE_WAY and not table.endswith("_history")
        ),
    }


def pytest_configure(config: pytest.Config) -> None:
    """The process that runs the tests."""
    config.pluginmanager.register(Injector())
