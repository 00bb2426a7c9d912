"""Import and export of the directory: a file's rows go through the same services as a form's.

A row whose key is known changes that row, any other adds one. A column that the file leaves out stays as it is; an
empty cell empties the field. A row that would change what only a page of its own may change is refused.
"""

from __future__ import annotations

from typing import Final

from batconnect.directory.imports.base import DirectoryImport
from batconnect.directory.imports.leases import LeaseImport, LeaseRateImport
from batconnect.directory.imports.parties import CustomerImport, DriverImport
from batconnect.directory.imports.vehicles import MedallionImport, VehicleImport

__all__ = ["CUSTOMERS", "DRIVERS", "LEASES", "LEASE_RATES", "MEDALLIONS", "VEHICLES", "DirectoryImport"]

CUSTOMERS: Final = CustomerImport()
DRIVERS: Final = DriverImport()
VEHICLES: Final = VehicleImport()
MEDALLIONS: Final = MedallionImport()
LEASES: Final = LeaseImport()
LEASE_RATES: Final = LeaseRateImport()
