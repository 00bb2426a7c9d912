"""Whom a credit memo without an item credits, and what it debits (docs/domain.md#credit-memos)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

from batconnect.core.companies.currencies import OFFERED
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver
from ledger import chart
from ledger.chart import RECOVERED_CATEGORIES, Category
from ledger.errors import DRIVER_NOT_ON_LEASE, LEASE_REQUIRED
from ledger.models import Account
from payments.credit_memos.errors import BAD_ACCOUNT
from payments.errors import UNKNOWN_CURRENCY, CustomerNotFound
from payments.models import CreditMemoLine

_NOT_FOUND: Final = "not_found"
_DEBITS: Final[dict[Category, str]] = {
    Category.LEASE: chart.LEASE_INCOME,
    Category.TAXES: chart.taxes_held(),
    Category.INVOICE: chart.INVOICE_INCOME,
    Category.PREMIUM: chart.PREMIUMS_PAYABLE,
    Category.LOANS: chart.INTEREST_INCOME,
    **{each: chart.recovered(each) for each in RECOVERED_CATEGORIES if each is not Category.TAXES},
}
"""What crediting a customer without an item debits, by category. Repairs are not among them: which account a repair
had credited, the repair says."""


class _Request(Protocol):
    """What is read of a request."""

    @property
    def amount(self) -> Decimal | None: ...
    @property
    def customer_id(self) -> UUID | None: ...
    @property
    def driver_id(self) -> int | None: ...
    @property
    def lease_id(self) -> int | None: ...
    @property
    def category(self) -> Category | None: ...
    @property
    def account(self) -> str: ...
    @property
    def currency(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Credited:
    """The customer who is credited; of a driver with the lease."""

    customer_id: UUID
    name: str
    lease_id: int | None
    currency: str


@reads
def find_credited(*, actor: Actor, request: _Request) -> Credited:
    """Who is credited. Raises CustomerNotFound (404); InvalidInput `lease_required`, `driver_not_on_lease`,
    `unknown_currency`, and for a lease or driver that is not there."""
    currency = (request.currency or actor.company.base_currency).upper()
    if currency not in OFFERED:
        raise InvalidInput(
            f"{currency[:10]!r} is not offered; choose one of {', '.join(sorted(OFFERED))}.",
            code=UNKNOWN_CURRENCY,
            field="currency",
        )
    drivers = Driver.objects.select_related("customer").filter(company_id=actor.company_id)
    if request.driver_id is not None:
        driver = drivers.filter(id=request.driver_id).first()
        if driver is None:
            raise InvalidInput(f"There is no driver {request.driver_id}.", code=_NOT_FOUND, field="driver_id")
        customer = driver.customer
    else:
        assert request.customer_id is not None, "a customer is named by an id, or as a driver"
        found = Customer.objects.filter(company_id=actor.company_id, id=request.customer_id).first()
        if found is None:
            raise CustomerNotFound(f"There is no customer {request.customer_id}.", field="customer_id")
        customer = found
        driver = drivers.filter(customer=customer.id).first()
    if driver is not None:
        _require_lease(actor, driver, request.lease_id)
    elif request.lease_id is not None:
        raise InvalidInput(
            "A lease goes with a driver: this customer is none.", code=DRIVER_NOT_ON_LEASE, field="lease_id"
        )
    return Credited(customer.id, customer.name, request.lease_id, currency)


@reads
def debit_of(*, actor: Actor, request: _Request, currency: str) -> CreditMemoLine:
    """The unsaved line of a memo in `currency` without an item. Raises InvalidInput for a missing amount, category or
    account, and `account_not_debited` for an account that is made up of items, or is not in the currency's chart."""
    if request.amount is None:
        raise InvalidInput("A credit without an item needs an amount.", field="amount")
    if bool(request.account) == (request.category is not None):
        raise InvalidInput("Name what is debited: category, or account.", code=BAD_ACCOUNT, field="category")
    if request.category is not None:
        account = _DEBITS.get(request.category)
        if account is None:
            raise InvalidInput(
                f"{request.category.label} is credited by its item: send obligation_id, or account.",
                code=BAD_ACCOUNT,
                field="category",
            )
        return CreditMemoLine(account=account, amount=request.amount)
    _require_free(actor, request.account, currency)
    return CreditMemoLine(account=request.account, amount=request.amount)


def _require_lease(actor: Actor, driver: Driver, lease_id: int | None) -> None:
    if lease_id is None:
        raise InvalidInput(
            f"{driver.customer.name} is a driver: name the lease that is credited.",
            code=LEASE_REQUIRED,
            field="lease_id",
        )
    here = {"company_id": actor.company_id}
    if not Lease.objects.filter(**here, id=lease_id).exists():
        raise InvalidInput(f"There is no lease {lease_id}.", code=_NOT_FOUND, field="lease_id")
    if not LeaseDriver.objects.filter(**here, lease=lease_id, driver=driver.id).exists():
        raise InvalidInput(
            "The driver is not and was not on this lease.", code=DRIVER_NOT_ON_LEASE, field="lease_id"
        )


def _require_free(actor: Actor, code: str, currency: str) -> None:
    """An account of the chart without items: those are what their own documents post to."""
    owned = {line.code: line.operation for line in chart.chart()}
    exists = Account.objects.filter(company_id=actor.company_id, code=code, currency=currency).exists()
    if not exists:
        raise InvalidInput(
            f"There is no account {code[:60]!r} in {currency}.", code=BAD_ACCOUNT, field="account"
        )
    # Accounts opened later (banks, drawers, authorities) are not in the list.
    operation = owned.get(code, "" if code.startswith(chart.taxes_held("")) else "Use its own document.")
    if operation:
        raise InvalidInput(
            f"{code} is made up of items and is not debited by a credit memo: {operation}",
            code=BAD_ACCOUNT,
            field="account",
        )
