"""What the tables of what is held and passed on are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import SourceType, Subject, looked_up
from ledger.clearing.postings import DEPOSIT, DEPOSIT_TAKEN, HELD, PROCESSOR, REMITTANCE

AUTHORITY: Final = "ledger.tax_authority"
_VIEW: Final = "ledger.view"

SUBJECTS: Final = (
    Subject(
        model="ledger.TaxAuthority",
        title="Tax authorities",
        icon="account_balance",
        permission=_VIEW,
        sources=(SourceType(AUTHORITY),),
        named="{t}.name",
    ),
    Subject(
        model="ledger.Remittance",
        title="Remittances",
        icon="outbound",
        permission=_VIEW,
        sources=(SourceType(REMITTANCE),),
        named="{t}.payee",
    ),
    Subject(
        model="ledger.SecurityDeposit",
        title="Security deposits",
        icon="shield",
        permission=_VIEW,
        sources=(
            SourceType(HELD),
            SourceType(DEPOSIT, through="moves"),
            SourceType(DEPOSIT_TAKEN, through="moves"),
        ),
        named=looked_up("lease_id", "leases", "lease_id"),
    ),
    Subject(
        model="ledger.ProcessorDeposit",
        title="Processors' deposits",
        icon="credit_card",
        permission=_VIEW,
        sources=(SourceType(PROCESSOR),),
        named="{t}.processor",
    ),
)
