"""What the runtime role may do with the tables of imports from agencies (core.database.rights)."""

from __future__ import annotations

from agencies.models import (
    AgencyChange,
    AgencyImport,
    AgencyImportLine,
    AgencyLayout,
    AgencyRow,
    KnownVehicle,
)
from batconnect.core.database.rights import declare

declare(
    AgencyLayout,
    update="name agency columns date_form decimal_sign zone is_negative authorities is_active",
    why="How an exporter writes its files: exporters change them; what was imported keeps how it was read.",
)
declare(
    AgencyImport,
    update="total_lines status read_lines new_lines repeated_lines changed_lines failed_lines skipped_lines amount "
    "bill_id bill_message started_at finished_at",
    why="Lines are counted while they are stored, and then how far they are worked off; what was received stays.",
)
declare(
    AgencyImportLine,
    update="status digest row_id amount error_field error_code error_message",
    why="What became of a line; what the file said stays.",
)
declare(
    AgencyRow,
    update="amount fine penalty reduction fee words state why is_late lease_id driver_id customer_id charged "
    "obligation_id trip_week_id decided_by decided_at reason",
    why="Joined, charged or credited once, assigned or set aside; what the agency said first stays.",
)
declare(
    AgencyChange,
    update="status obligation_id credit_memo_id earning_id approval_id decided_by decided_at reason",
    why="Taken or dismissed once.",
)
declare(KnownVehicle, update="until_on", why="A tag or plate ends; what was remembered stays.")
