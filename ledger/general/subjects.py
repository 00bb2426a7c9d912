"""What manual entries and exports of the journal are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.subject import LookUp, Search, SourceType, Subject, text_of_money
from ledger.general.postings import MANUAL_ENTRY

MANUAL_NUMBERS: Final = NumberSeries("JE", 3)
ACCOUNT: Final = "ledger.account"
JOURNAL_EXPORT: Final = "ledger.journal_export"
_VIEW: Final = "ledger.view"

SUBJECTS: Final = (
    Subject(
        model="ledger.ManualEntry",
        title="Manual entries",
        icon="edit_note",
        permission=_VIEW,
        series=(MANUAL_NUMBERS,),
        sources=(SourceType(MANUAL_ENTRY),),
        named="{t}.number",
        search=Search(
            kind="manual_entry",
            rank=125,
            noun="journal entry",
            by_number=LookUp(
                about=f"concat_ws(' · ', t.effective_on, {text_of_money('t.amount', 't.currency')}, t.reason)"
            ),
        ),
    ),
    Subject(
        model="ledger.JournalExport",
        title="Journal exports",
        icon="ios_share",
        permission=_VIEW,
        sources=(SourceType(JOURNAL_EXPORT),),
        named="{t}.first || ' to ' || {t}.last",
    ),
)
