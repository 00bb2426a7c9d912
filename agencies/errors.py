"""What imports from agencies refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound

FILE_UNREADABLE: Final = declare_code(
    "agency_file_unreadable",
    status=400,
    title="The file is not a table",
    remedy="Send the agency's export as CSV or XLSX; the message says what the file is.",
)
FILE_EMPTY: Final = declare_code(
    "agency_file_empty", status=400, title="The file is empty", remedy="Ask the agency for the export again."
)
HEADINGS_MISSING: Final = declare_code(
    "agency_headings_missing",
    status=400,
    title="No headings of a layout",
    remedy="Make a layout that names this file's headings, and send the file with it.",
)
LAYOUT_NEEDED: Final = declare_code(
    "layout_needed",
    status=400,
    title="Nobody knows how to read this file",
    remedy="Look at what is proposed, save it as a layout, and send the file with it.",
)
LAYOUT_DIFFERS: Final = declare_code(
    "layout_differs",
    status=400,
    title="The file lacks columns of the layout",
    remedy="Choose the layout of this exporter, or change the layout to the headings that the message lists.",
)
LAYOUT_INCOMPLETE: Final = declare_code(
    "layout_incomplete",
    status=400,
    title="The layout says too little",
    remedy="Name the headings that the message lists.",
)
LAYOUT_NAME: Final = declare_code(
    "layout_name_taken",
    status=400,
    title="Another layout has this name",
    remedy="Choose another name, or change the layout that has it.",
)
NO_ROWS: Final = declare_code(
    "no_rows", status=400, title="The file has no rows", remedy="Ask the agency for a period with rows."
)
BILL_NAMED_IN_PART: Final = declare_code(
    "bill_named_in_part",
    status=400,
    title="Half a bill",
    remedy="Name both the vendor and the number of its bill, or neither.",
)
TRIP_NOT_BILLED: Final = declare_code(
    "trips_not_billed",
    status=400,
    title="Trips come with no bill",
    remedy="Leave vendor and bill_number out: an agency bills tolls, violations and summonses.",
)
NOT_ON_THE_DAY: Final = declare_code(
    "not_on_the_day",
    status=400,
    title="The driver is not on the lease",
    remedy="Name a driver who is or was on the lease; of a trip, one who has a day on it in that week.",
)
ROW_NOT_WAITING: Final = declare_code(
    "row_not_waiting",
    status=409,
    title="The row does not wait",
    remedy="Read the row again; a charge that is wrong is moved to another driver, or credited.",
)
CHANGE_DECIDED: Final = declare_code(
    "change_decided",
    status=409,
    title="The change is decided",
    remedy="Read the row again: nothing is left to do.",
)
CHANGE_NOT_TAKEN: Final = declare_code(
    "change_not_taken",
    status=409,
    title="The change cannot be carried out",
    remedy="Do what the message says first, or dismiss the change and enter it by hand.",
)
KNOWN_OTHERWISE: Final = declare_code(
    "known_otherwise",
    status=409,
    title="Remembered already",
    remedy="End the tag or plate where it is remembered, and send it again.",
)


class SameAgencyFile(Conflict):
    """409: the very same file was taken before."""

    code = "same_agency_file"
    title = "The same file again"
    remedy = "Look at the import that has it; force=true takes it again, and adds only what is new."


class ImportNotFound(NotFound):
    """404: there is no such import."""

    code = "agency_import_not_found"
    title = "No such import"


class AgencyRowNotFound(NotFound):
    """404: there is no such row."""

    code = "agency_row_not_found"
    title = "No such row"


class ChangeNotFound(NotFound):
    """404: there is no such change."""

    code = "agency_change_not_found"
    title = "No such change"


class LayoutNotFound(NotFound):
    """404: there is no such layout."""

    code = "agency_layout_not_found"
    title = "No such layout"


class KnownVehicleNotFound(NotFound):
    """404: there is no such tag or plate."""

    code = "known_vehicle_not_found"
    title = "No such tag or plate"
