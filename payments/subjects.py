"""What the tables of payments and invoices are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.subject import (
    LookUp,
    Noted,
    OfCase,
    Search,
    SourceType,
    Subject,
    looked_up,
    text_of_money,
)
from batconnect.directory.subjects import CUSTOMER_JOIN
from payments.postings import ALLOCATION, MATCH, PAYMENT, REFUND, RETURN

INTERIM_NUMBERS: Final = NumberSeries("INTPAY", 5)
PAYMENT_NUMBERS: Final = NumberSeries("PAY", 3)
INVOICE_NUMBERS: Final = NumberSeries("INV", 3)
RECEIPT_PREFIX: Final = "R-"
"""Before a payment's number: its receipt."""
INVOICE: Final = "payments.invoice"
_VIEW: Final = "payments.view"

_ABOUT: Final = (
    f"concat_ws(' · ', c.name, t.payment_date, {text_of_money('t.amount', 't.currency')}, t.status, "
    "nullif(t.reference_number, ''))"
)
# What a check or a transfer says, and how much it was: the newest of each, one look-up each, since in the order of
# numbers the database would walk through all payments to the first of a rare amount.
_BY_PAPER: Final = f"""
select 'payment', t.id::text, t.number, {_ABOUT}, t.what, t.is_exact, '' from (
  select p.*, 'reference' as what, true as is_exact from unnest(%(references)s::text[]) w cross join lateral (
    select * from payments where company_id = %(company)s::uuid and reference_number = w and reference_number <> ''
    order by number_order desc limit %(limit)s) p
  union all
  select p.*, 'amount', false from unnest(%(cents)s::bigint[]) w cross join lateral (
    select * from payments where company_id = %(company)s::uuid and amount_cents = w
    order by number_order desc limit %(limit)s) p
) t {CUSTOMER_JOIN}
"""  # noqa: S608 - names of our own tables

_OF_PAYMENT: Final = looked_up("number", "payments", "payment_id")
SUBJECTS: Final = (
    Subject(
        model="payments.Payment",
        title="Payments",
        icon="payments",
        permission=_VIEW,
        series=(INTERIM_NUMBERS, PAYMENT_NUMBERS),
        sources=(SourceType(PAYMENT), SourceType(MATCH), SourceType(RETURN, through="returns")),
        named="{t}.number",
        search=Search(
            kind="payment",
            rank=30,
            noun="payment",
            by_number=LookUp(about=_ABOUT, joins=CUSTOMER_JOIN),
            own=_BY_PAPER,
            paper=(RECEIPT_PREFIX, "receipt"),
        ),
        of_case=OfCase(
            word="Payment", entity="interim_payment", newest="payment_date desc, number_order desc"
        ),
        noted=Noted("payment", customer="customer_id", number="number"),
    ),
    Subject(
        model="payments.Allocation",
        title="Applied payments",
        icon="checklist",
        permission=_VIEW,
        sources=(SourceType(ALLOCATION),),
        named=f"{_OF_PAYMENT} || ', line ' || {{t}}.line",
    ),
    Subject(
        model="payments.Refund",
        title="Refunds",
        icon="currency_exchange",
        permission=_VIEW,
        sources=(SourceType(REFUND),),
        named=_OF_PAYMENT,
    ),
    Subject(
        model="payments.Invoice",
        title="Invoices",
        icon="receipt_long",
        permission=_VIEW,
        series=(INVOICE_NUMBERS,),
        sources=(SourceType(INVOICE),),
        named="{t}.number",
        search=Search(
            kind="invoice",
            rank=50,
            # An invoice may have a number that was given to it: keys hold those of every form.
            by_key=LookUp(
                about=f"concat_ws(' · ', c.name, 'due ' || t.due_date, {text_of_money('t.total', 't.currency')})",
                joins=CUSTOMER_JOIN,
                title="t.number",
            ),
        ),
    ),
)
