"""What the pages of the directory show first: who drives what, since when, and what it costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db.models import Q, QuerySet

from batconnect.core.console.faces import MAX_ROWS, Card, Face, Kept, Money, Stamp, stamped
from batconnect.core.console.once import once
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.words import format_day
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, LeaseRate, Medallion, Vehicle


def _driven(actor: Actor, driver: Driver) -> LeaseDriver | None:
    """The running lease on which the driver is the primary driver today."""
    day = today(actor.company)
    rows = LeaseDriver.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=day),
        company_id=actor.company_id,
        driver=driver,
        role=LeaseDriver.Role.PRIMARY,
        from_on__lte=day,
        lease__status=Lease.Status.ACTIVE,
    )
    return rows.select_related("lease").order_by("-from_on", "-id").first()


def tenures_of(lease: Lease) -> list[LeaseDriver]:
    """Who drives and drove on the lease, the latest first; read once for its card, its links and the table below."""

    def read() -> list[LeaseDriver]:
        rows = LeaseDriver.objects.filter(company_id=lease.company_id, lease=lease)
        latest = list(rows.select_related("driver__customer").order_by("-from_on", "-id")[:MAX_ROWS])
        for each in latest:
            each.lease = lease
        return latest

    return once(lease, "tenures", read)


def _drives_now(actor: Actor, lease: Lease) -> Driver | None:
    """The primary driver of today."""
    day = today(actor.company)
    now = (
        each.driver
        for each in tenures_of(lease)
        if each.role == LeaseDriver.Role.PRIMARY
        and each.from_on <= day
        and (each.until_on is None or each.until_on >= day)
    )
    return next(now, None)


def _customer_card(actor: Actor, row: Customer) -> Card:
    return Card(
        kind="Customer",
        number=row.name,
        since=row.created_at,
        facts=(
            ("Own number", row.external_reference),
            ("E-mail", row.email),
            ("Phone", row.phone),
            ("Address", row.address),
        ),
    )


def _driver_card(actor: Actor, row: Driver) -> Card:
    is_active = row.status == Driver.Status.ACTIVE
    now = _driven(actor, row)
    return Card(
        kind="Driver",
        number=row.driver_id,
        person=row.customer,
        person_is="Name",
        status=str(row.get_status_display()),
        tone="good" if is_active else "",
        facts=(
            ("TLC license", row.tlc_license),
            ("Drives", now.lease if now is not None else None),
            ("From", now.from_on if now is not None else None),
        ),
        next_step="" if now is not None or not is_active else "Drives on no lease today.",
    )


def _lease_card(actor: Actor, row: Lease) -> Card:
    is_active = row.status == Lease.Status.ACTIVE
    now = _drives_now(actor, row) if is_active else None
    return Card(
        kind=f"Lease, {row.get_lease_type_display().lower()}",
        number=row.lease_id,
        person=now,
        person_is="Driver",
        amount=Money(row.weekly_amount, actor.company.base_currency),
        amount_is="A week",
        status=str(row.get_status_display()),
        tone="good" if is_active else "",
        since=row.started_on if is_active else row.ended_on,
        facts=(
            ("Medallion", row.medallion),
            ("Vehicle", row.vehicle),
            ("Started on", row.started_on),
            ("Last day", row.ended_on),
        ),
        next_step="It has no driver today." if is_active and now is None else "",
    )


def _vehicle_card(actor: Actor, row: Vehicle) -> Card:
    model = " ".join(filter(None, (str(row.year or ""), row.make, row.model)))
    return _leased_card(
        actor,
        Lease.objects.filter(company_id=row.company_id, vehicle=row),
        Card(kind="Vehicle", number=row.plate_no, facts=(("VIN", row.vin), ("Model", model))),
    )


def _medallion_card(actor: Actor, row: Medallion) -> Card:
    leases = Lease.objects.filter(company_id=row.company_id, medallion=row)
    return _leased_card(actor, leases, Card(kind="Medallion", number=row.medallion_no))


def _leased_card(actor: Actor, leases: QuerySet[Lease], card: Card) -> Card:
    """The card of what is leased, with the lease that runs and who drives."""
    lease = leases.filter(status=Lease.Status.ACTIVE).order_by("-started_on").first()
    if lease is None:
        return replace(card, status="Not leased", tone="warn")
    return replace(
        card,
        person=_drives_now(actor, lease),
        person_is="Driver",
        status="Leased",
        tone="good",
        since=lease.started_on,
        facts=(*card.facts, ("Lease", lease)),
    )


def _rate_card(actor: Actor, row: LeaseRate) -> Card:
    later = LeaseRate.objects.filter(company_id=row.company_id, lease=row.lease_id, from_on__gt=row.from_on)
    following = later.order_by("from_on").values_list("from_on", flat=True).first()
    day = today(actor.company)
    is_over = following is not None and following <= day
    is_now = not is_over and row.from_on <= day and row.lease.status == Lease.Status.ACTIVE
    return Card(
        kind="Rate of a lease",
        number=f"{row.lease} from {format_day(row.from_on)}",
        amount=Money(row.weekly_amount, actor.company.base_currency),
        amount_is="A week",
        status="Applies today" if is_now else "Applies later" if row.from_on > day else "Past",
        tone="good" if is_now else "",
        since=row.from_on,
        since_is="from",
        facts=(
            ("Lease", row.lease),
            ("Until", following - timedelta(days=1) if following is not None else None),
            ("Entered by", Kept(row.entered_by)),
        ),
    )


CUSTOMER_FACE: Final = Face(card=_customer_card)
DRIVER_FACE: Final = Face(card=_driver_card)
LEASE_FACE: Final = Face(card=_lease_card)
VEHICLE_FACE: Final = Face(card=_vehicle_card)
MEDALLION_FACE: Final = Face(card=_medallion_card)
LEASE_RATE_FACE: Final = Face(card=_rate_card)

stamped(LeaseRate, Stamp("created_at", "Entered", who="entered_by"))
