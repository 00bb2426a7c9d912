"""What the settlement's tables are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.subject import LookUp, Search, SourceType, Subject, text_of_money
from batconnect.directory.subjects import CUSTOMER_JOIN
from ledger.postings import APPLICATION, DTR, EARNING, SHORTFALL

DTR_NUMBERS: Final = NumberSeries("DTR", 6)
EXPORT: Final = "ledger.dtr_export"
_VIEW: Final = "ledger.view"

SUBJECTS: Final = (
    Subject(
        model="ledger.Dtr",
        title="DTRs",
        icon="description",
        permission=_VIEW,
        series=(DTR_NUMBERS,),
        sources=(
            SourceType(DTR, separator="/"),
            SourceType(SHORTFALL),
            SourceType(APPLICATION, named_by="number", separator="/"),
        ),
        named="{t}.number",
        search=Search(
            kind="dtr",
            rank=80,
            noun="DTR",
            by_number=LookUp(
                about="concat_ws(' · ', c.name, 'week of ' || t.week, "
                f"{text_of_money('t.due_to_driver', 't.currency')}, t.status)",
                joins=CUSTOMER_JOIN,
            ),
        ),
    ),
    Subject(
        model="ledger.DtrExport",
        title="DTR exports",
        icon="folder_zip",
        permission=_VIEW,
        sources=(SourceType(EXPORT),),
        named="'of the week of ' || {t}.week",
    ),
    Subject(
        model="ledger.LeaseEarning",
        title="Earnings",
        icon="trending_up",
        permission=_VIEW,
        sources=(SourceType(EARNING),),
        named="{t}.reference || ', week of ' || {t}.week",
    ),
    Subject(model="ledger.WeeklyRun", title="Weekly runs", icon="event_available", permission=_VIEW),
)
