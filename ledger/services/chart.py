"""The chart of accounts of every company: opened with the company, completed after each migrate."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from batconnect.core.database.rows import insert_missing
from batconnect.core.database.tenancy import company_ids, set_company
from batconnect.core.models import Company, Currency
from ledger.chart import account_id, chart
from ledger.models import Account


def open_chart(company: Company) -> None:
    """Open every account of the chart in every currency that is offered (docs/domain.md#ledger)."""
    _open_missing(company.pk)


def synchronize_charts() -> int:
    """Open the accounts that companies lack after a method, a category or a currency was added; how many.

    Runs as the owner.

    What is no longer offered keeps its account: its postings stand. Each company has its own transaction.
    """
    opened = 0
    for company_id in company_ids():
        with transaction.atomic():
            set_company(company_id, metadata={"job": "synchronize_charts"})
            opened += _open_missing(company_id)
    return opened


def synchronize_after_migrate(**_: Any) -> None:
    """The receiver of `post_migrate`; does nothing while the table is not there (a partial migrate)."""
    if Account._meta.db_table in connection.introspection.table_names():
        synchronize_charts()


_CORRECT: Final = """
update ledger_accounts a set kind = line.kind
from unnest(%s::text[], %s::text[]) as line(code, kind)
where a.company_id = %s::uuid and a.code = line.code and a.kind <> line.kind
"""


def _open_missing(company_id: UUID) -> int:
    """Open what is missing, and give what is there the kind that the chart says; how many were opened."""
    lines = chart()
    with connection.cursor() as cursor:
        cursor.execute(
            _CORRECT, [[line.code for line in lines], [line.kind.value for line in lines], company_id]
        )
    accounts = [
        Account(
            id=account_id(company_id, currency, line.code),
            company_id=company_id,
            currency=currency,
            code=line.code,
            name=line.name,
            kind=line.kind.value,
        )
        for currency in Currency.objects.order_by("code").values_list("code", flat=True)
        for line in sorted(lines)
    ]
    return len(insert_missing(accounts, unique=("company_id", "currency", "code")))
