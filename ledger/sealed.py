"""What of the ledger is sealed: each entry with its postings (docs/seals.md#what-is-sealed)."""

from __future__ import annotations

from typing import Final

from batconnect.core.sealing.kinds import SealedKind, instant_sql

_POSTINGS: Final = (
    "(select jsonb_agg(jsonb_build_array(p.line, p.id, p.currency, a.code, p.subledger, p.amount::text,"
    " p.obligation_id, p.payment_id, p.item_id) order by p.line)"
    " from ledger_postings p join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id"
    " where p.company_id = r.company_id and p.entry_id = r.id)"
)
ENTRY: Final = SealedKind(
    name="entry",
    table="ledger_entries",
    content=(
        f"jsonb_build_array('entry', r.id, r.currency, r.effective_on, {instant_sql('r.posted_at')}, r.event,"
        " r.source_type, r.source_id, r.customer_id, r.lease_id, r.reverses_id, r.is_full_reversal, r.line_count,"
        " r.case_no, r.reason, r.operation_id, r.approval_id, r.created_by_id, r.actor, r.request_id,"
        f" {_POSTINGS})"
    ),
    dated="r.posted_at",
)
