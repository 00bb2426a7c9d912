"""A DTR as people read it: as JSON, and as the statement that the driver is handed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from batconnect.core.database.tenancy import actor_transaction
from batconnect.core.database.transactions import commits_by_chunks, reads
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, format_amount
from ledger import sources
from ledger.chart import Category
from ledger.rules.hierarchy import HIERARCHY
from ledger.rules.settlement import LineKind, last_day
from ledger.settlement.models import Dtr
from ledger.settlement.querysets import lines_of

_AT_ONCE: Final = 25
_RELATED: Final = ("lease__medallion", "lease__vehicle", "driver", "customer", "previous")
Line = Mapping[str, Any]


@reads
def dtr_document(*, actor: Actor, dtr: Dtr) -> dict[str, Any]:
    """The DTR as JSON: its figures, the charges by category with their lines, and every other line it covers."""
    rows = list(lines_of(actor=actor, dtr_ids=[dtr.id]))
    descriptions = _describe(actor, rows)
    return {
        **_head(dtr),
        **{name: getattr(dtr, name) for name in _FIGURES},
        "unallocated_cash": dtr.unallocated_cash,
        "status": dtr.status,
        "payout": _payout(dtr),
        "charges_by_category": _by_category(rows),
        "charge_lines": [_charge(row) for row in rows if row["kind"] == LineKind.CHARGE],
        "interim_payment_lines": [
            _other(row, descriptions) for row in rows if row["kind"] == LineKind.INTERIM_PAYMENT
        ],
        "credit_lines": [_other(row, descriptions) for row in rows if row["kind"] == LineKind.CREDIT],
        "adjustment_lines": [_other(row, descriptions) for row in rows if row["kind"] == LineKind.ADJUSTMENT],
        "recovered_lines": [_other(row, descriptions) for row in rows if row["kind"] == LineKind.RECOVERED],
        "netted_in_lines": [_other(row, descriptions) for row in rows if row["kind"] == LineKind.NETTED_IN],
        "earnings_lines": [
            {
                "amount": row["amount"],
                "delayed": row["is_delayed"],
                "credited_on": row["effective_on"],
                "description": descriptions.get((row["source_type"], row["source_id"]), "Earnings"),
            }
            for row in rows
            if row["kind"] == LineKind.EARNINGS
        ],
        "created_at": dtr.created_at,
    }


@reads
def dtr_pdf(*, actor: Actor, dtr: Dtr) -> bytes:
    """The statement as a PDF, one page unless there are many lines. Raises PdfUnavailable (501)."""
    rows = list(lines_of(actor=actor, dtr_ids=[dtr.id]))
    return _render(actor, letterhead(actor=actor), dtr, rows, _describe(actor, rows))


@commits_by_chunks
def dtr_pdfs(*, actor: Actor, week: date) -> Iterator[tuple[str, bytes]]:
    """Number and PDF of each of the week's DTRs, read in small sets, each in its own transaction."""
    after = 0
    with actor_transaction(actor):
        head = letterhead(actor=actor)
    while True:
        with actor_transaction(actor):
            dtrs = list(
                Dtr.objects.select_related(*_RELATED)
                .filter(company_id=actor.company_id, week=week, number_order__gt=after)
                .order_by("number_order")[:_AT_ONCE]
            )
            rows: dict[UUID, list[Line]] = {}
            for row in lines_of(actor=actor, dtr_ids=[dtr.id for dtr in dtrs]):
                rows.setdefault(row["dtr_id"], []).append(row)
            descriptions = _describe(actor, [row for each in rows.values() for row in each])
        for dtr in dtrs:
            yield dtr.number, _render(actor, head, dtr, rows.get(dtr.id, []), descriptions)
        if len(dtrs) < _AT_ONCE:
            return
        after = dtrs[-1].number_order


_FIGURES: Final = (
    "currency",
    "gross",
    "prior_balance",
    "charges",
    "interim_payments",
    "credits",
    "adjustments",
    "owed",
    "earned",
    "protected",
    "recovered",
    "credits_paid",
    "netted_in",
    "netted_out",
    "net",
    "due_to_driver",
    "carried_forward",
)


def _head(dtr: Dtr) -> dict[str, Any]:
    return {
        "dtr_number": dtr.number,
        "week": dtr.week,
        "week_end": last_day(dtr.week),
        "settled_on": dtr.settled_on,
        "driver": {
            "id": dtr.driver_id,
            "driver_id": dtr.driver.driver_id,
            "full_name": dtr.customer.name,
            "tlc_license": dtr.driver.tlc_license,
        },
        "lease_id": dtr.lease.lease_id,
        "lease_id_pk": dtr.lease_id,
        "medallion_no": dtr.lease.medallion.medallion_no,
        "plate_no": dtr.lease.vehicle.plate_no,
        "former_driver": dtr.is_former,
        "previous_dtr": dtr.previous.number if dtr.previous else None,
    }


def _payout(dtr: Dtr) -> dict[str, Any] | None:
    if dtr.status != Dtr.Status.PAID:
        return None
    return {
        "method": dtr.get_payment_method_display(),
        "reference_number": dtr.payment_reference,
        "paid_on": dtr.paid_on,
        "paid_at": dtr.paid_at,
        "paid_by": dtr.paid_by,
        "amount": dtr.due_to_driver,
    }


def _by_category(rows: Sequence[Line]) -> list[dict[str, Any]]:
    """Charges and what was recovered, per category of the hierarchy that has either."""
    groups = []
    for category in HIERARCHY:
        here = [row for row in rows if row["category"] == category.value]
        charged = _sum(here, LineKind.CHARGE)
        recovered, netted = _sum(here, LineKind.RECOVERED), _sum(here, LineKind.NETTED_IN)
        if charged or recovered or netted:
            groups.append(
                {
                    "category": category.label,
                    "category_code": category.value,
                    "charges": charged,
                    "interim_payments": _sum(here, LineKind.INTERIM_PAYMENT),
                    "credits": _sum(here, LineKind.CREDIT),
                    "adjustments": _sum(here, LineKind.ADJUSTMENT),
                    "recovered": recovered,
                    "netted_in": netted,
                    "lines": [_charge(row) for row in here if row["kind"] == LineKind.CHARGE],
                }
            )
    return groups


def _sum(rows: Sequence[Line], kind: LineKind) -> Decimal:
    return sum((row["amount"] for row in rows if row["kind"] == kind), ZERO)


def _charge(row: Line) -> dict[str, Any]:
    return {
        "category": Category(row["category"]).label,
        "reference_id": row["reference_id"],
        "description": row["description"],
        "due_date": row["due_date"],
        "amount": row["amount"],
        "delayed": row["is_delayed"],
        "obligation_id": row["obligation_id"],
    }


def _other(row: Line, descriptions: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    return {
        "category": Category(row["category"]).label,
        "reference_id": row["reference_id"],
        "amount": row["amount"],
        "date": row["effective_on"],
        "event": row["event"],
        "description": descriptions.get((row["source_type"], row["source_id"]), ""),
        "reason": row["reason"],
        "obligation_id": row["obligation_id"],
    }


def _describe(actor: Actor, rows: Sequence[Line]) -> dict[tuple[str, str], str]:
    """A description of what is behind each line's entry: one call per source type."""
    source_ids: dict[str, set[str]] = {}
    for row in rows:
        if row["kind"] in (LineKind.INTERIM_PAYMENT, LineKind.CREDIT, LineKind.EARNINGS):
            source_ids.setdefault(row["source_type"], set()).add(row["source_id"])
    descriptions: dict[tuple[str, str], str] = {}
    if not source_ids:
        return descriptions
    # A page and a call have the actor's transaction already.
    with nullcontext() if connection.in_atomic_block else actor_transaction(actor):
        for source_type, ids in source_ids.items():
            describe = sources.source(source_type).describe
            if describe:
                descriptions |= {
                    (source_type, key): f"Payment {each.payment_number}" if each.payment_number else each.text
                    for key, each in describe(actor, sorted(ids)).items()
                }
    return descriptions


def _render(
    actor: Actor,
    head: Mapping[str, Any],
    dtr: Dtr,
    rows: Sequence[Line],
    descriptions: Mapping[tuple[str, str], str],
) -> bytes:
    return render_pdf(
        "pdf/dtr.html",
        {
            **head,
            "title": f"Driver Transaction Report {dtr.number}",
            "dtr": dtr,
            "week_end": last_day(dtr.week),
            "figures": {name: format_amount(getattr(dtr, name)) for name in _FIGURES[1:]},
            "made_on": dtr.created_at.astimezone(ZoneInfo(actor.company.time_zone)),
            "carries": dtr.carried_forward > 0,
            "is_due": dtr.due_to_driver > 0,
            "groups": _printed_groups(rows),
            "earnings": [_printed(row, descriptions) for row in rows if row["kind"] == LineKind.EARNINGS],
            "payments": [
                _printed(row, descriptions) for row in rows if row["kind"] == LineKind.INTERIM_PAYMENT
            ],
            "credits": [_printed(row, descriptions) for row in rows if row["kind"] == LineKind.CREDIT],
            "adjustments": [
                _printed(row, descriptions) for row in rows if row["kind"] == LineKind.ADJUSTMENT
            ],
            "recovered": [
                (Category(each["category_code"]).label, format_amount(each["recovered"]))
                for each in _by_category(rows)
                if each["recovered"]
            ],
            "unallocated": format_amount(dtr.unallocated_cash) if dtr.unallocated_cash else "",
            "payout": _payout(dtr),
        },
        actor=actor,
    )


def _printed_groups(rows: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {
            "label": group["category"],
            "total": format_amount(group["charges"]),
            "lines": [{**line, "amount": format_amount(line["amount"])} for line in group["lines"]],
        }
        for group in _by_category(rows)
        if group["lines"]
    ]


_EVENTS: Final = {
    "allocation_voided": "Payment taken back",
    "allocation_refunded": "Payment refunded",
    "obligation_voided": "Charge withdrawn",
    "written_off": "Written off",
    "write_off_voided": "Write-off withdrawn",
    "recovered": "Recovered of what was written off",
    "recovery_voided": "Recovery withdrawn",
}


def _printed(row: Line, descriptions: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    text = _EVENTS.get(row["event"]) or descriptions.get((row["source_type"], row["source_id"]), "")
    return {
        "text": text,
        "category": Category(row["category"]).label if row["category"] else "",
        "reference_id": row["reference_id"] or "",
        "on": row["effective_on"],
        "amount": format_amount(row["amount"]),
        "delayed": row["is_delayed"],
    }
