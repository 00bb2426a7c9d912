"""What the tables of the bank's word are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from bank.postings import CUT_OVER, DEPOSIT_SLIP, DRAWER_SESSION, EXPLANATION, LINE, RECEIPT
from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.subject import LookUp, Search, SourceType, Subject, looked_up, text_of_money

STATEMENT: Final = "bank.statement"
LINE_PART: Final = "bank.line_part"
MATCH_RULE: Final = "bank.match_rule"
SLIP_NUMBERS: Final = NumberSeries("SLIP", 3)
MAPPING: Final = "bank.statement_mapping"
STATEMENT_LINE: Final = "bank.statement_line"
NOTIFICATION: Final = "bank.notification"
RECONCILIATION: Final = "bank.reconciliation"
ACCOUNT_CUT_OVER: Final = "bank.account_cut_over"
_VIEW: Final = "bank.view"

# The index of references begins with the account, of which a company has a few.
_BY_BANK_REFERENCE: Final = f"""
select 'line', t.id::text, t.bank_reference, concat_ws(' · ', t.booked_on, t.direction,
  {text_of_money("t.amount", "t.currency")}, nullif(t.payer_name, '')), 'bank reference', true, ''
from bank_accounts a cross join unnest(%(references)s::text[]) w cross join lateral (
  select * from bank_statement_lines where company_id = %(company)s::uuid and bank_account_id = a.id
    and bank_reference = w and bank_reference <> '' limit %(limit)s) t
where a.company_id = %(company)s::uuid
limit %(limit)s
"""  # noqa: S608 - names of our own tables

_ACCOUNT: Final = looked_up("name", "bank_accounts", "bank_account_id")
_DRAWER: Final = looked_up("name", "drawers", "drawer_id")


def _booked(day: str) -> str:
    """SQL: what the trail calls an amount of the bank's: `250.00 USD on 2026-11-28`."""
    return text_of_money("{t}.amount", "{t}.currency") + f" || ' on ' || {{t}}.{day}"


SUBJECTS: Final = (
    Subject(
        model="bank.Statement",
        title="Bank statements",
        icon="receipt_long",
        permission=_VIEW,
        sources=(SourceType(STATEMENT),),
        named="concat_ws(' ', nullif({t}.sequence_no, ''), 'of', coalesce({t}.period_to, {t}.created_at::date))",
    ),
    Subject(
        model="bank.StatementLine",
        title="Statement lines",
        icon="format_list_bulleted",
        permission=_VIEW,
        search=Search(kind="line", rank=128, own=_BY_BANK_REFERENCE),
        sources=(SourceType(LINE), SourceType(STATEMENT_LINE)),
        named=_booked("booked_on"),
    ),
    Subject(
        model="bank.LinePart",
        title="Parts of lines",
        icon="help",
        permission=_VIEW,
        sources=(SourceType(LINE_PART), SourceType(RECEIPT), SourceType(EXPLANATION, through="explanations")),
        named=_booked("payment_date"),
    ),
    Subject(
        model="bank.BankNotification",
        title="Bank notifications",
        icon="notifications",
        permission=_VIEW,
        sources=(SourceType(NOTIFICATION),),
        named=_booked("booked_on"),
    ),
    Subject(
        model="bank.MatchRule",
        title="Match rules",
        icon="rule",
        permission=_VIEW,
        sources=(SourceType(MATCH_RULE),),
        named="{t}.pattern",
    ),
    Subject(
        model="bank.Reconciliation",
        title="Reconciliations",
        icon="fact_check",
        permission=_VIEW,
        sources=(SourceType(RECONCILIATION),),
        named=f"{_ACCOUNT} || ' until ' || {{t}}.reconciled_until",
    ),
    Subject(
        model="bank.CutOver",
        title="Cut-overs",
        icon="move_up",
        permission=_VIEW,
        sources=(SourceType(ACCOUNT_CUT_OVER), SourceType(CUT_OVER, through="items")),
        named=f"{_ACCOUNT} || ' on ' || {{t}}.day",
    ),
    Subject(
        model="bank.StatementMapping",
        title="Statement columns",
        icon="view_column",
        permission=_VIEW,
        sources=(SourceType(MAPPING),),
        named="{t}.name",
    ),
    Subject(
        model="bank.DrawerSession",
        title="Counts of drawers",
        icon="calculate",
        permission=_VIEW,
        sources=(SourceType(DRAWER_SESSION),),
        named=f"coalesce({_DRAWER}, 'Office') || ' ' || {{t}}.currency || ', ' || {{t}}.opened_on",
    ),
    Subject(
        model="bank.DepositSlip",
        title="Deposit slips",
        icon="move_to_inbox",
        permission=_VIEW,
        series=(SLIP_NUMBERS,),
        sources=(SourceType(DEPOSIT_SLIP, separator="/"),),
        named="{t}.number",
        search=Search(
            kind="deposit_slip",
            rank=127,
            noun="deposit slip",
            by_number=LookUp(
                about=f"concat_ws(' · ', {text_of_money('t.amount', 't.currency')}, t.closed_on, t.status)"
            ),
        ),
    ),
)
