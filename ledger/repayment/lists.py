"""How lists of loans and repairs are sorted, and the columns that their files share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from batconnect.core.api.paging import Sorting
from batconnect.core.files.exports import Column

# Every order but those by names and numbers of others has an index that begins with the company.
_TIE: Final = ("number_order",)


def sorting(*, number: str, **more: Sequence[str]) -> Sorting:
    """The sort orders of a list whose number is called `number`, plus `more`; newest first."""
    names: Mapping[str, Sequence[str]] = {
        number: _TIE,
        "start_week": ("start_week", "id"),
        "status": ("status", *_TIE),
        "driver_name": ("customer__name", *_TIE),
        "tlc_license": ("driver__tlc_license", *_TIE),
        "lease_id": ("lease__lease_id", *_TIE),
        "medallion_no": ("lease__medallion__medallion_no", *_TIE),
        **more,
    }
    return Sorting(names, default=number)


WHOSE: Final = (
    Column("driver_name", "Driver"),
    Column("tlc_license", "TLC license"),
    Column("lease_id", "Lease"),
    Column("medallion_no", "Medallion"),
)
PROGRESS: Final = (
    Column("total_paid", "Paid", "money"),
    Column("remaining_balance", "Left", "money"),
    Column("installments_progress", "Installments"),
    Column("start_week", "Start week", "date"),
    Column("status", "Status"),
)
