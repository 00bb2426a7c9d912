"""`make bench-check` fails for a figure below its floor, and for one that was not measured."""

from __future__ import annotations

from benchmarks.__main__ import BENCHMARKS
from benchmarks.floors import FLOORS, held_against, names
from benchmarks.results import Section


def test_every_floor_is_of_a_benchmark_that_there_is_and_below_its_goal() -> None:
    assert set(names()) <= set(BENCHMARKS)
    for each in FLOORS:
        assert each.holds(each.goal, each.floor), each
        assert not each.holds(each.floor, each.goal), each


def test_a_figure_below_its_floor_fails_and_a_missing_one_too() -> None:
    section = Section("Allocating", "", [])
    section.add("allocation ÷ empty", "0.31")

    lines = {line.what: line for line in held_against("allocate", section).lines}

    assert lines["allocation ÷ empty"].met is False
    assert (lines["service ÷ function"].figure, lines["service ÷ function"].met) == ("not measured", False)


def test_every_line_of_a_pattern_must_hold() -> None:
    section = Section("Lists", "", [])
    for name, figure in (("a", "1.05"), ("b", "1.40"), ("c", "1,000.00")):
        section.add(f"{name}, 1,000,000 ÷ 10,000", figure)

    lines = held_against("lists", section).lines

    assert [(line.figure, line.met) for line in lines] == [
        ("1.05 (goal)", True),
        ("1.40", True),
        ("1,000.00", False),
    ]
