"""The only code that changes the directory: one transaction each, under `directory.change`.

Rule: docs/domain.md#permissions.
"""

from batconnect.directory.services.leases import (
    add_lease,
    add_lease_driver,
    change_lease,
    change_primary_driver,
    end_lease,
    end_lease_driver,
)
from batconnect.directory.services.rates import set_lease_rate
from batconnect.directory.services.register import (
    add_customer,
    add_driver,
    add_medallion,
    add_vehicle,
    change_customer,
    change_driver,
    change_medallion,
    change_vehicle,
)

__all__ = [
    "add_customer",
    "add_driver",
    "add_lease",
    "add_lease_driver",
    "add_medallion",
    "add_vehicle",
    "change_customer",
    "change_driver",
    "change_lease",
    "change_medallion",
    "change_primary_driver",
    "change_vehicle",
    "end_lease",
    "end_lease_driver",
    "set_lease_rate",
]
