"""Declarations of tables are found by their module's name, and each says one thing once (core.kernel.subject)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batconnect.core.kernel import subject
from batconnect.core.kernel.numbers import NumberSeries, Per
from batconnect.core.kernel.subject import SourceType, Subject, find_source, find_subject

MEMO = Subject(
    model="core.Notice",
    title="Credit memos",
    icon="undo",
    permission="core.view",
    series=(NumberSeries("CRM", 4),),
    sources=(SourceType("test.memo"), SourceType("test.line", named_by="number", separator="/")),
)


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Subject]]:
    """What is declared beside what the apps declare."""
    more: list[Subject] = []
    there = subject.all_subjects()
    caches = (subject._by_model, subject._by_source, subject.searched)
    monkeypatch.setattr(subject, "_declared", lambda: iter([*there, *more]))
    for each in caches:
        each.cache_clear()
    yield more
    for each in caches:
        each.cache_clear()


def test_a_table_that_is_declared_is_known_by_its_model_and_its_source_types(declare: list[Subject]) -> None:
    declare.append(MEMO)

    assert find_subject("core.Notice") is MEMO
    assert find_source("test.memo") == (MEMO, MEMO.sources[0])
    assert (MEMO, MEMO.series[0]) in subject.all_series()
    assert MEMO.url_name == "core_notice"


def test_a_table_or_a_source_type_is_declared_once(declare: list[Subject]) -> None:
    declare.extend([MEMO, Subject(model="core.Notice", title="Again", icon="undo", permission="core.view")])
    with pytest.raises(ValueError, match="declared twice"):
        subject.all_subjects()

    declare[1:] = [
        Subject(
            model="core.Counter",
            title="Other",
            icon="undo",
            permission="core.view",
            sources=(SourceType("test.memo"),),
        )
    ]
    with pytest.raises(ValueError, match="two tables"):
        find_source("test.memo")


def test_a_table_without_a_declaration_says_where_it_belongs() -> None:
    with pytest.raises(LookupError, match=r"core\.Notice has no Subject"):
        find_subject("core.Notice")


def test_an_id_names_its_row_by_key_by_number_or_by_a_row_of_it() -> None:
    key, number = MEMO.sources

    assert key.lookup("7") == {"pk": "7"}
    assert number.lookup("CRM-2026-0007/3") == {"number": "CRM-2026-0007"}
    assert SourceType("test.part", through="parts").lookup("9") == {"parts__pk": "9"}


@pytest.mark.parametrize(
    ("series", "period", "number", "pattern"),
    [
        (NumberSeries("CRM", 4), "2026", "CRM-2026-0007", "CRM-YYYY-NNNN"),
        (NumberSeries("BANK", 2, Per.DAY), "20260115", "BANK-20260115-07", "BANK-YYYYMMDD-NN"),
        (NumberSeries("CASE", 3, Per.NEVER), "", "CASE007", "CASENNN"),
    ],
)
def test_a_series_says_how_its_numbers_are_written(
    series: NumberSeries, period: str, number: str, pattern: str
) -> None:
    assert (series.format(7, period), series.pattern) == (number, pattern)
