"""What the directory's tables are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import LookUp, Noted, Search, SourceType, Subject, looked_up

CUSTOMER: Final = "directory.customer"
CUSTOMER_JOIN: Final = "join customers c on c.company_id = t.company_id and c.id = t.customer_id"
"""SQL: the customer `c` of a row `t`."""
_VIEW: Final = "directory.view"


def _driven_by(leases: str) -> str:
    """SQL: the join of `p`, who drives the row now: the primary driver of its active lease."""
    return (
        "left join lateral (select c.id, c.name from leases l "  # noqa: S608 - names of our own tables
        "join lease_drivers ld on ld.company_id = l.company_id and ld.lease_id = l.id and ld.role = 'Primary' "
        "and ld.from_on <= current_date and (ld.until_on is null or ld.until_on >= current_date) "
        "join drivers d on d.company_id = ld.company_id and d.id = ld.driver_id "
        "join customers c on c.company_id = d.company_id and c.id = d.customer_id "
        f"where l.company_id = t.company_id and {leases} and l.status = 'Active' "
        "order by ld.from_on desc, ld.id desc limit 1) p on true"
    )


SUBJECTS: Final = (
    Subject(
        model="directory.Customer",
        title="Customers",
        icon="groups",
        permission=_VIEW,
        sources=(SourceType(CUSTOMER),),
        named="{t}.name",
        search=Search(
            kind="customer",
            rank=20,
            by_key=LookUp(
                about="concat_ws(' · ', d.driver_id, 'TLC ' || d.tlc_license, t.external_reference)",
                joins="left join drivers d on d.company_id = t.company_id and d.customer_id = t.id",
                title="t.name",
            ),
            has_words=True,
            has_parts=True,
            customer="t.id::text",
        ),
        noted=Noted("customer", customer="id"),
    ),
    Subject(
        model="directory.Driver",
        title="Drivers",
        icon="badge",
        permission=_VIEW,
        named="{t}.driver_id",
        search=Search(
            kind="driver",
            rank=10,
            by_key=LookUp(
                about="concat_ws(' · ', c.name, 'TLC ' || t.tlc_license, t.status)",
                joins=CUSTOMER_JOIN,
                title="t.driver_id",
            ),
            usual_prefix="DRV-",
            has_parts=True,
            customer="t.customer_id::text",
        ),
        noted=Noted("driver", customer="customer_id", number="driver_id"),
    ),
    Subject(
        model="directory.Vehicle",
        title="Vehicles",
        icon="local_taxi",
        permission=_VIEW,
        named="{t}.plate_no",
        search=Search(
            kind="vehicle",
            rank=110,
            by_key=LookUp(
                about="concat_ws(' · ', 'driven by ' || p.name, 'VIN ' || t.vin, "
                "nullif(concat_ws(' ', t.year, t.make, t.model), ''))",
                joins=_driven_by("l.vehicle_id = t.id"),
                title="t.plate_no",
            ),
            has_parts=True,
            customer="coalesce(p.id::text, '')",
        ),
    ),
    Subject(
        model="directory.Medallion",
        title="Medallions",
        icon="verified",
        permission=_VIEW,
        named="{t}.medallion_no",
        search=Search(
            kind="medallion",
            rank=100,
            by_key=LookUp(
                about="concat_ws(' · ', 'driven by ' || p.name)",
                joins=_driven_by("l.medallion_id = t.id"),
                title="t.medallion_no",
            ),
            has_parts=True,
            customer="coalesce(p.id::text, '')",
        ),
    ),
    Subject(
        model="directory.Lease",
        title="Leases",
        icon="contract",
        permission=_VIEW,
        named="{t}.lease_id",
        search=Search(
            kind="lease",
            rank=90,
            by_key=LookUp(
                about="concat_ws(' · ', 'driven by ' || p.name, 'medallion ' || m.medallion_no, "
                "'plate ' || v.plate_no, t.status)",
                joins="join medallions m on m.company_id = t.company_id and m.id = t.medallion_id "
                "join vehicles v on v.company_id = t.company_id and v.id = t.vehicle_id "
                + _driven_by("l.id = t.id"),
                title="t.lease_id",
            ),
            usual_prefix="LS-",
            has_parts=True,
            customer="coalesce(p.id::text, '')",
        ),
        noted=Noted("lease", number="lease_id"),
    ),
    Subject(
        model="directory.LeaseRate",
        title="Lease rates",
        icon="price_change",
        permission=_VIEW,
        named=looked_up("lease_id", "leases", "lease_id") + " || ' from ' || {t}.from_on",
    ),
)
