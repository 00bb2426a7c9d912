"""The chart of accounts of a new company."""

from __future__ import annotations

from batconnect.core.models import Company, Currency
from batconnect.core.rows import insert_many
from ledger.chart import account_id, chart
from ledger.models import Account


def open_chart(company: Company) -> None:
    """Open every account of the chart in every currency that is offered (DOMAIN 3)."""
    insert_many(
        [
            Account(
                id=account_id(company.id, currency, line.code),
                company=company,
                currency=currency,
                code=line.code,
                name=line.name,
                kind=line.kind,
            )
            for currency in Currency.objects.values_list("code", flat=True)
            for line in chart()
        ]
    )
