"""What the ledger's tables are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import Noted, Search, SourceType, Subject, text_of_money
from batconnect.directory.subjects import CUSTOMER_JOIN
from ledger.chart import Category
from ledger.postings import OBLIGATION

_VIEW: Final = "ledger.view"
_BY_REFERENCE: Final = f"""
select 'obligation', t.id::text, t.reference_id, concat_ws(' · ', c.name, t.description,
  {text_of_money("t.outstanding", "t.currency")} || ' open'), 'reference', true, ''
from ledger_obligations t {CUSTOMER_JOIN}
where t.company_id = %(company)s::uuid
  and t.category = any(array[{", ".join(f"'{each.value}'" for each in Category)}])
  and t.reference_id = any(%(references)s::text[])
limit %(limit)s
"""  # noqa: S608 - fixed texts of this file

SUBJECTS: Final = (
    Subject(
        model="ledger.Obligation",
        title="Obligations",
        icon="account_balance_wallet",
        permission=_VIEW,
        sources=(SourceType(OBLIGATION),),
        named="{t}.category || ' ' || {t}.reference_id",
        search=Search(kind="obligation", rank=120, own=_BY_REFERENCE),
        noted=Noted("obligation", customer="customer_id"),
    ),
    Subject(
        model="ledger.Account",
        title="Accounts",
        icon="account_tree",
        permission=_VIEW,
        named="coalesce(nullif({t}.own_name, ''), {t}.name)",
    ),
    Subject(model="ledger.Entry", title="Entries", icon="menu_book", permission=_VIEW),
    Subject(model="ledger.LedgerVerification", title="Verifications", icon="fact_check", permission=_VIEW),
)
