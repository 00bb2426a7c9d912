"""What is counted is said in the singular where it is one (`core.kernel.words: format_count`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import pytest

from batconnect.core.kernel.words import format_count
from tests.tree import PACKAGES, ROOT

PLURAL: Final = re.compile(
    r" (cases|checks|differences|drivers|entries|errors|installments|items|lines|minutes|payments|rows|seals|trips)\b"
)
# A limit is never one; a part of more than one is said in the plural.
LIMIT: Final = re.compile(
    r"\b(more than|at most|up to|above|than|1 to|of)( the| the first)? $", re.IGNORECASE
)
# What engineers read, and what files of banks say of themselves.
ELSEWHERE: Final = re.compile(
    r"/(tests|management|distribution|recovery|sealing|migrations|readers|verification|proof|benchmarks|demo|mutation)/"
)
# More than one, by what stands before it: (file, what is counted).
SEVERAL: Final = {
    ("bank/services/batch_feeds.py", "len(rows)"),
    ("bank/services/joining.py", "len(pool)"),
    ("bank/services/slip_contents.py", "len(wanted)"),
    ("console/agencies/importing.py", "received.total_lines"),
    ("console/reports/pages.py", "rows"),
    ("console/seals/pages.py", "rows"),
    ("console/workbench/pages.py", "lines"),
    ("ledger/paying/printed.py", "batch.payout_count"),
    ("ledger/repayment/rules.py", "rows"),
    ("outstanding/services/plans.py", "late"),
    ("outstanding/services/plans.py", "wanted.installment_count"),
    ("payments/batches/services/intake.py", "len(entries)"),
}
# Not a count.
NAMES: Final = re.compile(r"\.(noun|name)\b|^control\[")


def _always_plural(source: str) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for place, (value, after) in enumerate(zip(node.values, node.values[1:], strict=False)):
            if not isinstance(value, ast.FormattedValue) or not isinstance(after, ast.Constant):
                continue
            said = ast.unparse(value.value)
            before = node.values[place - 1] if place else None
            text = str(before.value) if isinstance(before, ast.Constant) else ""
            is_limit = said.isupper() or "limit" in said or LIMIT.search(text)
            if PLURAL.match(str(after.value)) and not is_limit and not NAMES.search(said):
                yield node.lineno, said, str(after.value)[:30]


def test_no_text_counts_one_in_the_plural() -> None:
    wrong = [
        f"{name}:{line} {{{said}}}{text}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if not ELSEWHERE.search(f"/{(name := str(path.relative_to(ROOT)))}")
        for line, said, text in _always_plural(path.read_text(encoding="utf-8"))
        if (name, said) not in SEVERAL
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("count", "one", "many", "said"),
    [
        (0, "row", "", "0 rows"),
        (1, "row", "", "1 row"),
        (-1, "day", "", "-1 days"),
        (1_234, "row", "", "1,234 rows"),
        (1, "entry", "entries", "1 entry"),
        (2, "row of an agency", "rows of agencies", "2 rows of agencies"),
    ],
)
def test_a_count_has_the_form_of_its_number(count: int, one: str, many: str, said: str) -> None:
    assert format_count(count, one, many) == said
