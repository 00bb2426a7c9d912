"""What the pages of credit memos and their refunds show first: what is credited, where it went, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from batconnect.core.console.faces import (
    MAX_ROWS,
    Card,
    Face,
    Kept,
    Money,
    Named,
    Section,
    Stamp,
    Table,
    stamped,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_day
from payments.models import Allocation, CreditMemo, CreditRefund
from payments.querysets import how_applied

_TONES: Final = {"open": "warn", "voided": "bad"}


def _card(actor: Actor, row: CreditMemo) -> Card:
    is_open = row.left > 0 and row.status != CreditMemo.Status.VOIDED
    return Card(
        kind="Credit memo",
        number=row.number,
        person=row.customer,
        amount=Money(row.amount, row.currency),
        status=str(row.get_status_display()),
        tone=_TONES.get(row.status, "good"),  # type: ignore[arg-type]  # tones
        since=row.voided_at or row.issued_on,
        since_is="since" if row.voided_at else "issued",
        sentence=row.void_reason or row.reason,
        facts=(
            ("Credits", row.obligation),
            ("Lease", row.lease),
            ("Issued by", Kept(row.issued_by, row.created_by_id)),
        ),
        next_step=f"{format_amount(row.left)} {row.currency} are the customer's credit." if is_open else "",
        next_action="apply",
    )


def _sections(actor: Actor, row: CreditMemo) -> Iterator[Section]:
    parts = (
        ("− Applied", row.applied),
        ("− Paid back", row.refunded),
        ("− Paid by DTRs", row.paid_out),
        ("− Voided", row.voided),
    )
    lines: list[tuple[Any, ...]] = [("Credited", row.amount), *(each for each in parts if each[1])]
    lines.append(("= Left", row.left))
    yield Table(
        title="What is left of it",
        columns=("What", f"Amount, {row.currency}"),
        rows=lines,
        strong=frozenset({len(lines) - 1}),
        has_heading=False,
    )
    applied = Allocation.objects.filter(company_id=row.company_id, memo=row.id).select_related("obligation")
    yield Table(
        title="Where it went",
        columns=("Obligation", "On", "How", "Applied", "Owed after", "Status"),
        rows=[
            (
                each.obligation,
                Named(each, format_day(each.allocation_date)),
                how_applied(each.strategy),
                each.amount,
                each.outstanding_after,
                str(each.get_status_display()),
            )
            for each in applied.order_by("id")[: MAX_ROWS + 1]
        ],
        empty="Nothing of it is applied to anything.",
        rest="The list Applied payments has all of them.",
    )


MEMO_FACE: Final = Face(card=_card, sections=_sections)


def _refund_card(actor: Actor, row: CreditRefund) -> Card:
    return Card(
        kind="Refund of a credit",
        number=f"of {row.memo}",
        person=row.memo.customer,
        amount=Money(row.amount, row.memo.currency),
        status="Paid back",
        tone="good",
        since=row.refunded_at,
        sentence=row.reason,
        facts=(
            ("Credit memo", row.memo),
            ("Entry", row.entry),
            ("Agreed to by two", row.approval),
            ("Paid back by", Kept("", row.refunded_by_id)),
        ),
    )


CREDIT_REFUND_FACE: Final = Face(card=_refund_card)
stamped(CreditRefund, Stamp("refunded_at", "Paid back", person="refunded_by", reason="reason"))
