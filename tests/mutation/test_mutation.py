"""The check of mutants itself: what it changes, what it chooses, what it calls killed, and what it lets pass."""

from __future__ import annotations

import ast
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from batconnect.core.kernel.money import sum_of
from mutation import __main__ as command
from mutation import report, survivors, trying
from mutation.changes import Mutant, mutants_of, mutated
from mutation.modules import GROUPS, choose, read, sample
from mutation.reach import REACHED, marked
from mutation.reached import Reached
from mutation.trying import KILLED, NOT_TRIED, SURVIVED, UNREACHED, Outcome, Trials, exchange

SOURCE = '''"""A module."""
from __future__ import annotations

LIMIT = 5


def fee(amount, rate=2, *, rounded=True):
    """What is taken."""
    if amount <= 0 and rounded:
        raise ValueError(f"{amount} is below 1")
    total = amount * rate - 1
    note(total)
    return min(total, LIMIT)
'''


def said(source: str) -> set[str]:
    return {f"{each.operator}: {each.before} -> {each.after}" for each in mutants_of("m.py", source)}


def test_every_kind_of_mistake_is_made_inside_functions_alone() -> None:
    assert said(SOURCE) == {
        "default: 2 -> 3",
        "default: True -> False",
        "logic: amount <= 0 and rounded -> amount <= 0 or rounded",
        "comparison: amount <= 0 -> amount < 0",
        "constant: 0 -> 1",
        "constant: 1 -> 2",
        "raise removed: raise ValueError(f'{amount} is below 1') -> pass",
        "arithmetic: amount * rate - 1 -> amount * rate + 1",
        "arithmetic: amount * rate -> amount / rate",
        "statement removed: note(total) -> pass",
        "nothing returned: return min(total, LIMIT) -> return None",
        "choice: min -> max",
    }
    more = (
        "def f(a):\n    for b in a:\n        if not b: continue\n        x = -b if b.ok else Decimal('1.5')\n"
    )
    assert said(more) == {
        "sign: not b -> b",
        "loop: continue -> break",
        "sign: -b -> b",
        "negation: b.ok -> not b.ok",
        "constant: '1.5' -> '2.5'",
    }


def test_each_mutant_differs_from_the_module_in_one_place() -> None:
    for path in ("ledger/rules/settlement.py", "payments/rules/strategies.py", "bank/services/explaining.py"):
        source = read(path)
        plain = ast.unparse(ast.parse(source))
        for each in mutants_of(path, source)[::7]:
            changed = mutated(source, each.index)
            compile(changed, path, "exec", dont_inherit=True)
            assert ast.unparse(changed) != plain, each.key


def test_a_seed_chooses_the_same_and_a_change_elsewhere_changes_no_other_choice() -> None:
    first = sample(seed=5, size=25)
    assert first == sample(seed=5, size=25)
    assert [len(each) for each in first.values()] == [5, 5, 5, 5, 5]
    assert {each.key for each in first["postings"]} != {
        each.key for each in sample(seed=6, size=25)["postings"]
    }

    mutants = [each for path in GROUPS[1].paths() for each in mutants_of(path, read(path))]
    chosen = choose(mutants, seed=5, count=20)
    without = [each for each in mutants if each is not chosen[0]]
    assert set(chosen[1:]) <= set(choose(without, seed=5, count=20))


def test_the_modules_are_those_that_move_money() -> None:
    paths = {path for group in GROUPS for path in group.paths()}

    assert paths >= {
        *("ledger/rules/settlement.py", "ledger/postings.py", "payments/postings/receipts.py"),
        *("payments/services/allocation.py", "bank/services/kinds/payments.py", "repairs/rules.py"),
        *("ledger/services/journal.py", "ledger/settlement/services/settling.py"),
    }
    assert not [path for path in paths if "/tests/" in path or "/errors/" in path]


def test_marks_say_which_blocks_were_come_into() -> None:
    tree = marked("m.py", SOURCE)
    named: dict[str, object] = {"note": lambda total: None}
    exec(compile(tree, "m.py", "exec", dont_inherit=True), named)  # noqa: S102 - the marked module, made here
    fee = named["fee"]
    assert callable(fee)

    REACHED.clear()
    assert fee(3) == 5
    assert {"m.py:8"} == REACHED
    with pytest.raises(ValueError, match="below"):
        fee(0)
    assert {"m.py:8", "m.py:10"} == REACHED
    blocks = {each.block for each in mutants_of("m.py", SOURCE)}
    assert blocks == {8, 10}
    REACHED.clear()


def test_tests_of_the_app_come_first_then_the_quickest_as_long_as_there_is_time() -> None:
    mutant = Mutant("ledger/rules/x.py", "f", "constant", "1", "2", 1, line=4, block=4, index=0)
    tests = {
        "bank/tests/test_a.py::test_quick": {
            "seconds": 1 / 10,
            "passed": True,
            "blocks": ["ledger/rules/x.py:4"],
        },
        "ledger/tests/test_b.py::test_slow": {
            "seconds": 9,
            "passed": True,
            "blocks": ["ledger/rules/x.py:4"],
        },
        "ledger/tests/test_b.py::test_fast": {
            "seconds": 1,
            "passed": True,
            "blocks": ["ledger/rules/x.py:4"],
        },
        "ledger/tests/test_b.py::test_red": {
            "seconds": 0,
            "passed": False,
            "blocks": ["ledger/rules/x.py:4"],
        },
        "ledger/tests/test_b.py::test_else": {
            "seconds": 0,
            "passed": True,
            "blocks": ["ledger/rules/x.py:9"],
        },
    }
    reached = Reached({"a": {"state": "", "tests": tests}})

    assert [each.test.partition("::")[2] for each in reached.of(mutant, seconds=60)] == [
        *("test_fast", "test_slow", "test_quick"),
    ]
    assert [each.seconds for each in reached.of(mutant, seconds=5)] == [1, 1 / 10]


MONEY = "batconnect/core/kernel/money.py"


def mutant_of(function: str, operator: str) -> Mutant:
    found = [each for each in mutants_of(MONEY, read(MONEY)) if each.function == function]
    return next(each for each in found if each.operator == operator)


def test_a_mutant_is_killed_by_a_test_that_passes_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Outcome] = []
    monkeypatch.setattr(trying, "_prepare", lambda: None)
    broken, equal = mutant_of("sum_of", "nothing returned"), mutant_of("format_amount", "nothing returned")

    def forked(session: Any, items: Any, *, mutant: Mutant | None, seconds: float) -> tuple[int, Any]:
        if mutant is broken or (mutant is not None and items[0].nodeid.endswith("flaky")):
            return trying.FAILED, items[0]
        is_flaky = mutant is None and items[0].nodeid.endswith("flaky")
        return (trying.FAILED if is_flaky else trying.PASSED), items[-1]

    class Item:
        def __init__(self, nodeid: str) -> None:
            self.nodeid = nodeid

    class Session:
        items = [Item("a::sound"), Item("a::flaky")]

    monkeypatch.setattr(trying, "forked", forked)
    trials = Trials(
        [(broken, ["a::sound"], 1), (equal, ["a::flaky", "a::sound"], 1), (equal, ["a::gone"], 1)],
        on_outcome=told.append,
    )
    assert trials.pytest_runtestloop(Session())  # type: ignore[arg-type]

    assert [(each.became, each.noticed_by) for each in told] == [
        (KILLED, "a::sound"),
        # A test that fails without a mistake, too, has noticed nothing.
        (SURVIVED, ""),
        (UNREACHED, ""),
    ]


def test_the_code_is_exchanged_wherever_a_function_was_imported_to() -> None:
    kept = sum_of.__code__
    try:
        assert exchange(mutant_of("sum_of", "nothing returned")) >= 1
        assert sum_of([]) is None
    finally:
        sum_of.__code__ = kept


def outcomes(*became: str) -> list[Outcome]:
    return [
        Outcome(Mutant("a.py", "f", "constant", "1", "2", place, 1, 1, 0), each, 3)
        for place, each in enumerate(became, start=1)
    ]


def test_an_unexplained_survivor_fails_and_an_explained_one_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = outcomes(*[KILLED] * 18, SURVIVED, UNREACHED, NOT_TRIED)
    page = tmp_path / "page.md"
    page.write_text(f"Before.\n{report.BEGIN}\nold\n{report.END}\nAfter.\n", encoding="utf-8")
    said = Console(file=StringIO(), width=200)

    assert survivors.killed_percent(tried) == 90
    assert survivors.killed_percent(tried[1:]) == 89
    assert command.verdict(tried, said) == 1

    listed = tmp_path / "survivors.toml"
    listed.write_text(
        "".join(
            f'[[survivor]]\nmutant = "{each.mutant.key}"\nreason = "Both are the same."\n'
            for each in tried[18:20]
        ),
        encoding="utf-8",
    )
    known = survivors.reasons(listed)
    monkeypatch.setattr(survivors, "reasons", lambda: known)
    monkeypatch.setattr(report, "reasons", lambda: known)
    assert survivors.unexplained(tried, known) == []
    assert command.verdict(tried, said) == 0
    assert command.verdict(tried[1:], said) == 1

    report.write({"rules": tried}, seed=5, minutes=12 / 5, page=page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"Before.\n{report.BEGIN}\n\nSeed: 5, ")
    assert text.endswith(f"{report.END}\nAfter.\n")
    assert "| rules | 20 | 18 | 0 | 1 | 1 | 90 |" in text
    assert text.count("Both are the same.") == 2


def test_every_reason_is_about_a_mutant_that_there_is() -> None:
    there = {each.key for group in GROUPS for path in group.paths() for each in mutants_of(path, read(path))}

    assert [key for key in survivors.reasons() if key not in there] == []
