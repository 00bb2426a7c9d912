"""Reads of documents with a schedule: lists with what is paid and left, one document's rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO
from batconnect.directory.errors import DriverNotFound, LeaseNotFound
from batconnect.directory.models import Driver, Lease
from batconnect.directory.querysets import primary_leases_of
from ledger.models import Obligation
from ledger.repayment.errors import LEASE_NOT_DRIVEN, not_found
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import Installment, RepaidDocument

_MONEY: Final[DecimalField[Any, Any]] = DecimalField(max_digits=14, decimal_places=2)
DOCUMENT_ROW: Final = {
    "document_id": F("id"),
    "driver_pk": F("driver_id"),
    "driver_no": F("driver__driver_id"),
    "driver_name": F("customer__name"),
    "tlc_license": F("driver__tlc_license"),
    "lease_id_pk": F("lease_id"),
    "lease_no": F("lease__lease_id"),
    "medallion_no": F("lease__medallion__medallion_no"),
    "matrix_version": F("matrix__version"),
}


def documents_of(*, actor: Actor, kind: RepaidKind) -> QuerySet[Any, Any]:
    """Every document of the company, to be filtered and counted."""
    return kind.document.objects.filter(company_id=actor.company_id)


def find_document(*, actor: Actor, kind: RepaidKind, number: str) -> tuple[dict[str, Any], list[ScheduleRow]]:
    """One document's row and its schedule, in two statements. Raises NotFound, also for another company's."""
    matching = documents_of(actor=actor, kind=kind).filter(number=number.strip().upper())
    row = with_document_columns(matching, kind=kind).first()
    if row is None:
        raise not_found(kind.noun, number)
    return row, schedule_of(actor=actor, kind=kind, document_id=row["document_id"], amount=row["amount"])


def with_document_columns(rows: QuerySet[Any, Any], *, kind: RepaidKind) -> QuerySet[Any, dict[str, Any]]:
    """The documents as rows: who repays each, what is paid and what is left, how many installments are paid.

    The figures are read from the obligations that the installments became; of a cancelled document nothing is left.
    """
    return rows.annotate(**_figures(kind)).values(
        "number",
        "amount",
        "currency",
        "start_week",
        "status",
        "status_reason",
        "installment_count",
        "total_paid",
        "remaining_balance",
        "installments_paid",
        "notes",
        "case_no",
        "created_by_name",
        "created_at",
        *kind.own_columns,
        **DOCUMENT_ROW,
        **{name: F(path) for name, path in kind.related_columns},
    )


def _figures(kind: RepaidKind) -> dict[str, Any]:
    obligation = Obligation.objects.filter(company_id=OuterRef("company_id"), id=OuterRef("id"))
    rows = (
        kind.installment.objects.filter(company_id=OuterRef("company_id"), **{kind.parent: OuterRef("id")})
        .exclude(status=Installment.Status.WITHDRAWN)
        .order_by()
    )
    total = _total(kind)

    def over_rows(value: Any) -> Any:
        by_document = rows.values(kind.parent).annotate(figure=value).values("figure")
        return Coalesce(Subquery(by_document, output_field=_MONEY), Value(ZERO), output_field=_MONEY)

    def from_obligation(value: Any, otherwise: Any) -> Any:
        owed = Subquery(obligation.annotate(figure=value).values("figure")[:1], output_field=_MONEY)
        return Case(
            When(status=Installment.Status.SCHEDULED, then=otherwise), default=owed, output_field=_MONEY
        )

    left = from_obligation(F("outstanding"), total)
    paid = from_obligation(F("original") - F("outstanding") - F("written_off"), Value(ZERO))
    return {
        "total_paid": over_rows(Sum(paid)),
        "remaining_balance": Case(
            When(status=RepaidDocument.Status.CANCELLED, then=Value(ZERO)),
            default=over_rows(Sum(left)),
            output_field=_MONEY,
        ),
        "installments_paid": Coalesce(
            Subquery(
                rows.filter(status=Installment.Status.PAID)
                .values(kind.parent)
                .annotate(figure=Count("*"))
                .values("figure")
            ),
            0,
        ),
    }


def _total(kind: RepaidKind) -> Any:
    first, *rest = (F(column) for _, column in kind.credits)
    total: Any = first
    for column in rest:
        total = total + column
    return total


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One installment with its principal before and after it, and what of it is paid and owed."""

    installment_id: str
    due_date: date
    week_start_date: date
    week_end_date: date
    principal_amount: Decimal
    interest_amount: Decimal
    total_due: Decimal
    prior_balance: Decimal
    balance: Decimal
    status: str
    posted_on: date | None
    paid_amount: Decimal
    outstanding: Decimal
    obligation_id: Any

    def shape(self) -> dict[str, Any]:
        """As the API prints it."""
        return {name: getattr(self, name) for name in self.__slots__}


def schedule_of(*, actor: Actor, kind: RepaidKind, document_id: Any, amount: Decimal) -> list[ScheduleRow]:
    """The installments in force as they fall due, each with what its obligation owes; one statement."""
    obligation = Obligation.objects.filter(company_id=OuterRef("company_id"), id=OuterRef("id"))
    rows = (
        kind.installment.objects.filter(company_id=actor.company_id, **{kind.parent: document_id})
        .exclude(status=Installment.Status.WITHDRAWN)
        .annotate(
            owed=Subquery(obligation.values("outstanding")[:1]),
            written_off=Subquery(obligation.values("written_off")[:1]),
        )
        .order_by("due_date", "number")
    )
    left = amount
    schedule = []
    for row in rows:
        schedule.append(schedule_row(row, prior_balance=left, owed=row.owed, written_off=row.written_off))
        left -= row.principal
    return schedule


def schedule_row(
    row: Any, *, prior_balance: Decimal, owed: Decimal | None = None, written_off: Decimal | None = None
) -> ScheduleRow:
    """An installment as a row; `owed` and `written_off` of its obligation are None while it is scheduled."""
    total = row.total_due
    posted = owed is not None
    return ScheduleRow(
        installment_id=row.installment_id,
        due_date=row.due_date,
        week_start_date=row.week_start_date,
        week_end_date=date.fromordinal(row.week_start_date.toordinal() + 6),
        principal_amount=row.principal,
        interest_amount=total - row.principal,
        total_due=total,
        prior_balance=prior_balance,
        balance=prior_balance - row.principal,
        status=str(row.status),
        posted_on=row.posted_on,
        paid_amount=total - owed - (written_off or ZERO) if owed is not None else ZERO,
        outstanding=owed if owed is not None else ZERO,
        obligation_id=row.id if posted else None,
    )


def find_debtor(*, actor: Actor, driver_id: int, lease: int | str) -> tuple[Driver, Lease]:
    """The driver and the active lease on which they are the primary driver today; `lease` is its key or number.

    Raises NotFound 404 `driver_not_found`, `lease_not_found`; InvalidInput `lease_not_driven`.
    """
    driver = (
        Driver.objects.select_related("customer").filter(company_id=actor.company_id, id=driver_id).first()
    )
    if driver is None:
        raise DriverNotFound(f"There is no driver {driver_id}.", field="driver_id")
    key = Q(lease_id__iexact=str(lease))
    if str(lease).isdecimal():
        key |= Q(id=int(lease))
    named = Lease.objects.filter(key, company_id=actor.company_id).order_by("id").first()
    if named is None:
        raise LeaseNotFound(f"There is no lease {str(lease)[:20]}.", field="lease_id")
    driven = primary_leases_of(driver.pk, on=today(actor.company)).filter(id=named.pk).first()
    if driven is None:
        message = f"{named.lease_id} is not an active lease with {driver.customer.name} as primary driver."
        raise InvalidInput(
            message,
            code=LEASE_NOT_DRIVEN,
            errors=[FieldError("lease_id", message, LEASE_NOT_DRIVEN)],
        )
    return driver, driven
