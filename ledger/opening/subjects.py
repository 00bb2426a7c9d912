"""What the tables of the opening are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import SourceType, Subject
from ledger.opening.postings import LINE, OPENING

SUBJECTS: Final = (
    Subject(
        model="ledger.OpeningBatch",
        title="Opening of the books",
        icon="flag",
        permission="ledger.view",
        sources=(SourceType(OPENING, separator="/"), SourceType(LINE, through="lines")),
        named="'of ' || {t}.cut_over_on",
    ),
)
