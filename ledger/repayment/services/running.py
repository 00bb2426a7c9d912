"""Documents that ran when the books were opened: each begins with what was not yet due of it, and its schedule.

Rule: docs/domain.md#opening-batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import ZERO
from batconnect.directory.models import Driver
from ledger import chart
from ledger.openings import OpeningDay, OpeningItem, OpeningKind, WrongLine
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.services.opening import DocumentPlan, open_document, plan_document

COLUMNS: Final = ("customer", "lease", "start_week", "weekly", "dated", "reference", "name")
_COLUMN: Final = {"driver_id": "customer", "lease_id": "lease", "invoice_number": "reference"}
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """What only a kind's documents have: their own columns, their date, the rate in percent a year; what is wrong."""

    own: Mapping[str, Any]
    dated: date
    rate: Decimal = ZERO
    wrong: tuple[WrongLine, ...] = ()


def _nothing(actor: Actor, plan: DocumentPlan) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Running:
    """How a kind of document is opened.

    `terms` reads a line, `finish` gives the further columns of what was planned, and may refuse it; `same` is what two
    lines must not have in common.
    """

    kind: RepaidKind
    code: str
    label: str
    columns: tuple[str, ...]
    terms: Callable[[Actor, OpeningItem, date, OpeningDay], Terms]
    finish: Callable[[Actor, DocumentPlan], Mapping[str, Any]] = _nothing
    same: Callable[[DocumentPlan], object] | None = None

    def opening(self) -> OpeningKind:
        """The kind of line of the opening."""
        return OpeningKind(
            code=self.code,
            label=self.label,
            side="debit",
            columns=(*COLUMNS, *self.columns),
            account_of=lambda item: self.kind.credits[0][0],
            check=self._check,
            open=self._open,
        )

    def _check(self, actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> list[WrongLine]:
        wrong: list[WrongLine] = []
        seen: dict[object, int] = {}
        for item in items:
            plan = self._plan(actor, item, day)
            if not isinstance(plan, DocumentPlan):
                wrong += plan
            elif self.same and (place := seen.setdefault(self.same(plan), item.place)) != item.place:
                wrong.append(
                    WrongLine(item.place, "reference", f"Line {place} is the same {self.kind.noun}.")
                )
        return wrong

    def _open(self, actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> None:
        for item in items:
            plan = self._plan(actor, item, day)
            assert isinstance(plan, DocumentPlan), "checked before"
            told = ("Opened with the books", item["reference"], item["name"])
            open_document(
                actor=actor,
                kind=self.kind,
                plan=plan,
                on=day.on,
                against=chart.OPENING_BALANCES,
                notes=": ".join(each for each in told if each)[:_LONGEST],
                operation_id=day.batch_id,
                **self.finish(actor, plan),
            )

    def _plan(self, actor: Actor, item: OpeningItem, day: OpeningDay) -> DocumentPlan | list[WrongLine]:
        """The document that the line opens, or what is wrong with it."""
        start, weekly = _day(item, "start_week"), _amount(item, "weekly")
        if start is None or start <= day.on:
            message = f"Give the Sunday, after {day.on}, on which the next installment falls due."
            return [WrongLine(item.place, "start_week", message)]
        if weekly is not None and weekly <= 0:
            return [WrongLine(item.place, "weekly", "Enter an amount above zero.")]
        terms = self.terms(actor, item, start, day)
        wrong = list(terms.wrong)
        if terms.dated > day.on:
            wrong.append(
                WrongLine(item.place, "dated", f"{terms.dated} is after {day.on}, the day of the opening.")
            )
        driver = Driver.objects.filter(company_id=actor.company_id, tlc_license=item["customer"]).first()
        if driver is None:
            message = f"There is no driver with the license {item['customer'] or '(empty)'}."
            wrong.append(WrongLine(item.place, "customer", message))
        if wrong or driver is None:
            return wrong
        try:
            plan = plan_document(
                actor=actor,
                kind=self.kind,
                driver_id=driver.pk,
                lease=item["lease"],
                amount=item.amount,
                document_date=terms.dated,
                start_week=start,
                own=terms.own,
                rate=terms.rate,
                weekly=weekly,
            )
            self.finish(actor, plan)
        except Refusal as refusal:
            return self._refused(item, refusal)
        return plan

    def _refused(self, item: OpeningItem, refusal: Refusal) -> list[WrongLine]:
        names = {
            **_COLUMN,
            self.kind.amount_field: "debit",
            self.kind.date_column: "dated",
        }
        return [
            WrongLine(item.place, names.get(each.field, each.field), each.message, each.code)
            for each in refusal.errors
        ]


def _day(item: OpeningItem, column: str) -> date | None:
    return date.fromisoformat(item[column]) if item[column] else None


def _amount(item: OpeningItem, column: str) -> Decimal | None:
    return Decimal(item[column]) if item[column] else None
