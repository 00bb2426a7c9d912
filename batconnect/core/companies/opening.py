"""Adding companies, as the owner: the runtime role cannot make one."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from batconnect.core.database.tenancy import set_company
from batconnect.core.models import Company, CompanySettings

_openers: list[Callable[[Company], object]] = []


def on_company_added(opener: Callable[[Company], object]) -> None:
    """Let an app prepare each new company (the ledger its chart of accounts), in the same transaction."""
    _openers.append(opener)


def add_company(*, company_id: UUID | None = None, name: str, time_zone: str, base_currency: str) -> Company:
    """Add a company with its settings and whatever the apps prepare for it. Connect as the owner.

    `time_zone` is an IANA name, `base_currency` an ISO code of a currency that is offered. Raises IntegrityError for
    a name that is taken.
    """
    company = Company(name=name, time_zone=time_zone, base_currency=base_currency)
    if company_id:
        company.id = company_id
    with transaction.atomic():
        company.full_clean(validate_unique=False)
        company.save(force_insert=True)
        set_company(company.id, metadata={"job": "add_company"})
        CompanySettings.objects.create(company=company)
        for opener in _openers:
            opener(company)
    return company
