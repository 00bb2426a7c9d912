"""A plugin of pytest's that runs no test itself: for each mutant it forks a process that does, with the mistake in it.

Everything is imported and collected once. A fork exchanges the code of the functions that the mutant changed, wherever
they were imported to, and so works on nobody else's; its database is a clone of its own.
"""

from __future__ import annotations

import ast
import gc
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any, Final

import pytest
from _pytest.runner import runtestprotocol

from mutation.changes import FUNCTIONS, Mutant, mutated
from mutation.modules import ROOT, read

SECONDS_OF_A_TEST: Final = 60
"""What a test may take, besides ten times what it took before, until a mistake is said to keep it from ending."""
PASSED, FAILED, UNFIT = 0, 1, 2
KILLED, OUT_OF_TIME, SURVIVED, UNREACHED, NOT_TRIED = (
    "killed",
    "killed by time",
    "survived",
    "not reached",
    "unfit",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant, and the test that noticed it."""

    mutant: Mutant
    became: str
    tests: int
    noticed_by: str = ""


class Unfit(Exception):
    """The mutant cannot be put into the running process: a function would close over other names."""


def exchange(mutant: Mutant) -> int:
    """Put the mistake into every function of this process that it is in; how many."""
    path = str(ROOT / mutant.path)
    source = read(mutant.path)
    tree = mutated(source, mutant.index)
    new = _codes(compile(tree, path, "exec", dont_inherit=True))
    old = _codes(compile(source, path, "exec", dont_inherit=True))
    defaults = _defaults(tree) if mutant.operator == "default" else {}
    count = 0
    # Views, and so what they call, may not have been needed yet.
    import_module(mutant.path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    gc.unfreeze()
    for each in gc.get_objects():
        # A lazy object that is asked for its class would make what it stands for.
        if type(each) is not FunctionType or each.__code__.co_filename != path:
            continue
        key = _key(each.__code__)
        if key in new and new[key] != old[key]:
            try:
                each.__code__ = new[key]
            except ValueError as refusal:
                raise Unfit(mutant.key) from refusal
            count += 1
        if key[1] in defaults:
            count += _set_defaults(each, defaults[key[1]])
    return count


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> dict[tuple[str, int], CodeType]:
    listed = {}
    for each in code.co_consts:
        if isinstance(each, CodeType):
            listed[_key(each)] = each
            listed |= _codes(each)
    return listed


def _defaults(tree: ast.Module) -> dict[int, dict[str, Any]]:
    """By a function's first line: its parameters whose default is a constant."""
    listed = {}
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            given = node.args
            plain = [*given.posonlyargs, *given.args]
            pairs = [
                *zip(plain[len(plain) - len(given.defaults) :], given.defaults, strict=True),
                *zip(given.kwonlyargs, given.kw_defaults, strict=True),
            ]
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            listed[first] = {arg.arg: each.value for arg, each in pairs if isinstance(each, ast.Constant)}
    return listed


def _set_defaults(function: FunctionType, defaults: dict[str, Any]) -> int:
    named = dict(function.__kwdefaults__ or {})
    before = (function.__defaults__, dict(named))
    named |= {name: value for name, value in defaults.items() if name in named}
    function.__kwdefaults__ = named or None
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    if function.__defaults__:
        last = zip(names[-len(function.__defaults__) :], function.__defaults__, strict=True)
        function.__defaults__ = tuple(defaults.get(name, value) for name, value in last)
    return before != (function.__defaults__, named)


class Trials:
    """Tries each mutant with its tests, in their order, until one fails."""

    def __init__(
        self, wanted: Sequence[tuple[Mutant, Sequence[str], float]], *, on_outcome: Callable[[Outcome], None]
    ) -> None:
        self.wanted, self.on_outcome = wanted, on_outcome
        self.outcomes: list[Outcome] = []
        self.sound: dict[str, bool] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running what was collected."""
        items = {item.nodeid: item for item in session.items}
        _prepare()
        for mutant, tests, seconds in self.wanted:
            outcome = self._try(session, mutant, [items[name] for name in tests if name in items], seconds)
            self.outcomes.append(outcome)
            self.on_outcome(outcome)
        return True

    def _try(
        self, session: pytest.Session, mutant: Mutant, items: list[pytest.Item], seconds: float
    ) -> Outcome:
        while items:
            state, noticed = forked(session, items, mutant=mutant, seconds=seconds)
            if state == UNFIT:
                return Outcome(mutant, NOT_TRIED, 0)
            if state == PASSED:
                return Outcome(mutant, SURVIVED, len(items))
            if self._is_sound(session, noticed):
                became = KILLED if state == FAILED else OUT_OF_TIME
                return Outcome(mutant, became, len(items), noticed.nodeid)
            items = [item for item in items if item is not noticed]
        return Outcome(mutant, UNREACHED, 0)

    def _is_sound(self, session: pytest.Session, item: pytest.Item) -> bool:
        """Whether the test passes in a fork without a mistake: only then has it noticed one."""
        if item.nodeid not in self.sound:
            self.sound[item.nodeid] = forked(session, [item], mutant=None, seconds=0)[0] == PASSED
        return self.sound[item.nodeid]


def _prepare() -> None:
    """The template of the databases, which the forks clone; and no connection that two processes would share."""
    from django.db import connections

    from tests.databases import ensure_template

    ensure_template()
    connections.close_all()


def forked(
    session: pytest.Session, items: Sequence[pytest.Item], *, mutant: Mutant | None, seconds: float
) -> tuple[int, pytest.Item]:
    """Run the tests in a process of their own: how it ended, and the test that it was at."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _run(session, items, mutant, seconds, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        at = len(told.read()) - 1
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        _remove_database(child)
        return -os.WTERMSIG(status), items[max(at, 0)]
    return os.WEXITSTATUS(status), items[max(at, 0)]


def _run(
    session: pytest.Session, items: Sequence[pytest.Item], mutant: Mutant | None, seconds: float, writer: int
) -> None:
    """In the fork: tells the parent by one byte for each test that begins, and ends with how it went."""
    state = UNFIT
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nothing, stream)
        if mutant is not None and not exchange(mutant):
            raise Unfit(mutant.key)
        state = PASSED
        for at, item in enumerate(items):
            os.write(writer, b".")
            signal.alarm(SECONDS_OF_A_TEST + round(10 * seconds))
            following = items[at + 1] if at + 1 < len(items) else None
            if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
                state = FAILED
                break
        signal.alarm(SECONDS_OF_A_TEST)
        session._setupstate.teardown_exact(None)
    except Unfit:
        pass
    except BaseException:  # noqa: BLE001 - whatever comes out of a test that is broken by intent
        state = FAILED if state == PASSED else state
    finally:
        os._exit(state)


def _remove_database(process: int) -> None:
    from tests.databases import remove

    remove(name=f"test_batconnect_{process}")
