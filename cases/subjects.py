"""What the tables of cases are to the console (`core.kernel.subject`), and how cases are numbered."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries, Per
from batconnect.core.kernel.subject import LookUp, Noted, Search, SourceType, Subject

CASE: Final = "cases.case"
CASE_DIGITS: Final = 6
_VIEW: Final = "cases.view"


def case_series(prefix: str) -> NumberSeries:
    """The numbers of a case type's cases; each flow declares its `prefix`."""
    return NumberSeries(prefix, CASE_DIGITS, Per.NEVER)


SUBJECTS: Final = (
    Subject(
        model="cases.Case",
        title="Cases",
        icon="work",
        permission=_VIEW,
        sources=(SourceType(CASE, named_by="case_no"),),
        named="{t}.case_no",
        search=Search(
            kind="case",
            rank=40,
            noun="case",
            column="case_no",
            by_number=LookUp(about="concat_ws(' · ', nullif(t.subject, ''), t.state)"),
        ),
        noted=Noted("case", number="case_no"),
    ),
    Subject(model="cases.CaseStepConfig", title="Case steps", icon="account_tree", permission=_VIEW),
    Subject(model="cases.CaseStepOverride", title="Step overrides", icon="tune", permission="core.view"),
    Subject(model="cases.CaseType", title="Case types", icon="schema", permission=_VIEW),
)
