"""`python -m mutation`: the exit code is 1 when a survivor is not explained or fewer are killed than have to be."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

import pytest
from rich.console import Console

from mutation import reached, report, survivors
from mutation.changes import Mutant
from mutation.modules import sample
from mutation.reached import Reached
from mutation.trying import Outcome, Trials

SEED, SIZE = 18, 200
SECONDS_OF_A_MUTANT = 45.0
"""How much work of tests a mutant is tried with, as long as it took without mistakes."""


def main() -> int:
    """Parse the command line, choose, try, print the table."""
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help=f"default {SEED}")
    parser.add_argument("--size", type=int, default=SIZE, help=f"how many mutants, default {SIZE}")
    parser.add_argument("--only", default="", help="only mutants whose name holds this text")
    parser.add_argument("--write", action="store_true", help="put the table into docs/mutation.md")
    arguments = parser.parse_args()
    os.nice(5)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 240)
    console.print(f"Seed {arguments.seed}, {arguments.size} mutants.")
    began = time.monotonic()
    tests = reached.load(workers=int(os.environ.get("PYTEST_WORKERS", "2")))
    chosen = {
        name: [mutant for mutant in mutants if arguments.only in mutant.key]
        for name, mutants in sample(seed=arguments.seed, size=arguments.size).items()
    }
    mutants = [mutant for group in chosen.values() for mutant in group]
    outcomes = {each.mutant.key: each for each in tried(mutants, tests, console)}
    by_group = {name: [outcomes[each.key] for each in group] for name, group in chosen.items()}
    minutes = (time.monotonic() - began) / 60
    console.print(report.table(by_group))
    if arguments.write:
        report.write(by_group, seed=arguments.seed, minutes=minutes)
    return verdict(list(outcomes.values()), console)


def tried(mutants: Sequence[Mutant], tests: Reached, console: Console) -> list[Outcome]:
    """What became of each of them, told as it comes."""
    wanted = []
    for mutant in mutants:
        reaching = tests.of(mutant, seconds=SECONDS_OF_A_MUTANT)
        wanted.append(
            (mutant, [each.test for each in reaching], max((each.seconds for each in reaching), default=0.0))
        )
    count = len(wanted)

    def say(outcome: Outcome) -> None:
        console.print(f"{len(trials.outcomes)}/{count} {outcome.became}: {outcome.mutant.key}", markup=False)

    trials = Trials(wanted, on_outcome=say)
    files = sorted({name.split("::", 1)[0] for _, names, _ in wanted for name in names})
    quiet = ["-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-seed=0", "-m", "not system"]
    if files:
        pytest.main([*quiet, *files], plugins=[trials])
    found = {each.mutant.key for each in trials.outcomes}
    assert found == {each.key for each in mutants} or not files, "the tests could not be collected"
    return trials.outcomes or [Outcome(each, report.UNREACHED, 0) for each in mutants]


def verdict(outcomes: Sequence[Outcome], console: Console) -> int:
    """Say what is wrong, if anything; the exit code."""
    open_ones = survivors.unexplained(outcomes, survivors.reasons())
    for each in open_ones:
        console.print(
            f"Not explained ({each.became}, {each.tests} tests), line {each.mutant.line}: {each.mutant.key}",
            markup=False,
        )
    killed = survivors.killed_percent(outcomes)
    console.print(f"{killed} % of {len(outcomes)} killed; {survivors.LEAST_KILLED} % have to be.")
    return int(bool(open_ones) or killed < survivors.LEAST_KILLED)


if __name__ == "__main__":
    sys.exit(main())
