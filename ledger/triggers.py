"""The triggers on the ledger's tables: declared by the models, made by migrations."""

from __future__ import annotations

from typing import Final

from batconnect.core.database.constraints import Trigger
from batconnect.core.database.distribution.shards import OnShards

ACCOUNT_FIXED: Final = Trigger(
    name="ledger_account_fixed",
    event="before update of id, company_id, currency, code",
    body="raise exception 'what an account is never changes' using errcode = 'restrict_violation';",
)
ACCOUNT_KEPT: Final = Trigger(
    name="ledger_account_kept",
    event="before delete",
    truncate=True,
    after_table="for each statement",
    body="raise exception 'accounts are never deleted' using errcode = 'restrict_violation';",
)

OBLIGATION_FIXED: Final = Trigger(
    name="ledger_obligation_fixed",
    event=(
        "before update of id, company_id, customer_id, lease_id, currency, category, reference_id, original,"
        " issue_date, due_date, source_type, source_id"
    ),
    body="raise exception 'what an obligation is never changes' using errcode = 'restrict_violation';",
)
OBLIGATION_KEPT: Final = Trigger(
    name="ledger_obligation_kept",
    event="before delete",
    truncate=True,
    after_table="for each statement",
    body="raise exception 'obligations are voided, never deleted' using errcode = 'restrict_violation';",
)

ENTRY_WHOLE: Final = Trigger(
    name="ledger_entry_whole",
    event="after insert",
    after_table="referencing new table as added for each statement",
    by_index=True,
    declare="is_whole boolean;",
    # A scalar subquery: its plan is an index look-up however many rows come, also when it was cached for others. Until
    # the kept totals hold it, reports add a new entry up themselves.
    body=(
        "with noted as (insert into ledger_new_entries (company_id, id) select e.company_id, e.id from added e)"
        " select not exists (select 1 from added e where (select p.line from ledger_postings p"
        " where p.company_id = e.company_id and p.entry_id = e.id limit 1) is null) into is_whole;"
        " if not is_whole then"
        " raise exception 'an entry comes with its postings, in one statement' using errcode = 'check_violation';"
        " end if; return null;"
    ),
    # Looked at when the transaction ends, an entry is whole; with all its lines there, nothing can be appended.
    on_shards=(
        OnShards(
            event="after insert",
            is_deferred=True,
            declare="found record;",
            body=(
                "select count(*) as lines, sum(p.amount) as total, min(p.currency) as currency,"
                " max(p.currency) as other into found from ledger_postings p"
                " where p.company_id = new.company_id and p.entry_id = new.id;"
                " if found.lines <> new.line_count or found.total is distinct from 0"
                " or found.currency is distinct from new.currency or found.other is distinct from new.currency then"
                " raise exception"
                " 'postings of entry % do not sum to zero in its currency, or were not inserted with it',"
                " new.id using errcode = 'check_violation'; end if; return null;"
            ),
        ),
        OnShards(
            event="after insert",
            suffix="_noted",
            body="insert into ledger_new_entries (company_id, id) values (new.company_id, new.id); return null;",
        ),
    ),
)

# Finds broken entries: an entry's lines are 1 … n and sum to zero, all in the currency of an entry of their company.
_UNBALANCED: Final = (
    "select entry_id from (select company_id, entry_id, sum(amount) as total, count(*) as lines, min(line) as first,"
    " max(line_count) as counted, min(currency) as currency, max(currency) as other"
    " from added group by company_id, entry_id) p"
    " where total <> 0 or first <> 1 or lines <> counted or currency <> other"
    " or (select e.currency from ledger_entries e where e.company_id = p.company_id and e.id = p.entry_id)"
    " is distinct from currency"
)
POSTINGS_BALANCED: Final = Trigger(
    name="ledger_posting_balanced",
    event="after insert",
    after_table="referencing new table as added for each statement",
    by_index=True,
    # Entries, accounts and what an obligation is never change or go away, so asking here, and once for all lines of an
    # entry or account, is as good as a key for each line, and much faster. Scalar subqueries, as above.
    body=(
        f"if exists ({_UNBALANCED}) then"  # noqa: S608 - fixed text
        " raise exception 'postings of entry % do not sum to zero in its currency, or were not inserted with it',"
        f" (select string_agg(entry_id::text, ', ') from ({_UNBALANCED} limit 5) found)"
        " using errcode = 'check_violation';"
        " end if;"
        " if exists (select 1 from (select distinct company_id, account_id, currency, subledger from added) p"
        " where (select a.currency || ' ' || a.subledger from ledger_accounts a"
        " where a.company_id = p.company_id and a.id = p.account_id)"
        " is distinct from p.currency || ' ' || p.subledger) then"
        " raise exception 'a posting has the currency and subledger of its account, which is of its company'"
        " using errcode = 'foreign_key_violation';"
        " end if;"
        " if exists (select 1 from added p where p.obligation_id is not null"
        " and (select o.currency || ' ' || o.category from ledger_obligations o"
        " where o.company_id = p.company_id and o.id = p.obligation_id)"
        " is distinct from p.currency || ' ' || p.subledger) then"
        " raise exception 'a posting on a receivable has the currency and category of its obligation'"
        " using errcode = 'check_violation';"
        " end if;"
        " return null;"
    ),
    on_shards=(
        OnShards(
            event="after insert",
            declare="held text;",
            body=(
                "select a.currency || ' ' || a.subledger into held from ledger_accounts a"
                " where a.company_id = new.company_id and a.id = new.account_id;"
                " if held is distinct from new.currency || ' ' || new.subledger then"
                " raise exception 'a posting has the currency and subledger of its account, which is of its company'"
                " using errcode = 'foreign_key_violation'; end if;"
                " if new.obligation_id is not null then"
                " select o.currency || ' ' || o.category into held from ledger_obligations o"
                " where o.company_id = new.company_id and o.id = new.obligation_id;"
                " if held is distinct from new.currency || ' ' || new.subledger then"
                " raise exception 'a posting on a receivable has the currency and category of its obligation'"
                " using errcode = 'check_violation'; end if; end if; return null;"
            ),
        ),
    ),
)
