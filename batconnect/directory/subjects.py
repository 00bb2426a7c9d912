"""What the directory's tables are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import LookUp, Search, SourceType, Subject

CUSTOMER: Final = "directory.customer"
CUSTOMER_JOIN: Final = "join customers c on c.company_id = t.company_id and c.id = t.customer_id"
"""SQL: the customer `c` of a row `t`."""
_VIEW: Final = "directory.view"

SUBJECTS: Final = (
    Subject(
        model="directory.Customer",
        title="Customers",
        icon="groups",
        permission=_VIEW,
        sources=(SourceType(CUSTOMER),),
        search=Search(
            kind="customer",
            rank=20,
            by_key=LookUp(
                about="concat_ws(' · ', d.driver_id, 'TLC ' || d.tlc_license, t.external_reference)",
                joins="left join drivers d on d.company_id = t.company_id and d.customer_id = t.id",
                title="t.name",
            ),
            has_words=True,
            customer="t.id::text",
        ),
    ),
    Subject(
        model="directory.Driver",
        title="Drivers",
        icon="badge",
        permission=_VIEW,
        search=Search(
            kind="driver",
            rank=10,
            by_key=LookUp(
                about="concat_ws(' · ', c.name, 'TLC ' || t.tlc_license, t.status)",
                joins=CUSTOMER_JOIN,
                title="t.driver_id",
            ),
            usual_prefix="DRV-",
            customer="t.customer_id::text",
        ),
    ),
    Subject(
        model="directory.Vehicle",
        title="Vehicles",
        icon="local_taxi",
        permission=_VIEW,
        search=Search(
            kind="vehicle",
            rank=110,
            by_key=LookUp(
                about="concat_ws(' · ', 'VIN ' || t.vin, nullif(concat_ws(' ', t.year, t.make, t.model), ''))",
                title="t.plate_no",
            ),
        ),
    ),
    Subject(
        model="directory.Medallion",
        title="Medallions",
        icon="verified",
        permission=_VIEW,
        search=Search(kind="medallion", rank=100, by_key=LookUp(about="''", title="t.medallion_no")),
    ),
    Subject(
        model="directory.Lease",
        title="Leases",
        icon="contract",
        permission=_VIEW,
        search=Search(
            kind="lease",
            rank=90,
            by_key=LookUp(
                about="concat_ws(' · ', 'medallion ' || m.medallion_no, 'plate ' || v.plate_no, t.status)",
                joins="join medallions m on m.company_id = t.company_id and m.id = t.medallion_id "
                "join vehicles v on v.company_id = t.company_id and v.id = t.vehicle_id",
                title="t.lease_id",
            ),
            usual_prefix="LS-",
        ),
    ),
    Subject(model="directory.LeaseRate", title="Lease rates", icon="price_change", permission=_VIEW),
)
