"""Policies and their installments from a CSV file: a row is an installment; the first of a policy opens its case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django.db import transaction

from batconnect.core.database.rows import insert_many
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.directory.models import Customer
from ledger.rules.tables import BadCell, cell_amount, cell_date, cell_text
from ledger.services import RowError, require_book_date
from ledger.services.tables import read_rows
from outstanding.errors import POLICY_DIFFERS
from outstanding.models import CustomerInstallment, RenewalCase
from outstanding.services.cases import NewInstallment, add_installments, open_renewal_case

REQUIRED: Final = ("policy_number", "policy_type", "premium", "customer_name", "period", "amount", "due_date")
COLUMNS: Final = (*REQUIRED, "customer_reference", "customer_email", "description")


@dataclass(slots=True)
class RenewalImport:
    """The outcome of a file.

    On a dry run, and with any bad row, `written` is False and the figures say what would be.
    """

    rows: int = 0
    cases: int = 0
    installments: int = 0
    existing: int = 0
    total: Decimal = ZERO
    written: bool = False
    errors: list[RowError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Policy:
    row: int
    number: str
    type: str
    premium: Decimal
    customer_name: str
    customer_reference: str
    customer_email: str
    installments: list[NewInstallment]


@transaction.atomic
def import_renewals(
    *,
    actor: Actor,
    content: bytes,
    dry_run: bool = False,
    progress: Callable[[int], Any] = lambda rows: None,
) -> RenewalImport:
    """Open a case per policy of the file and raise its installments, all or nothing; what exists is left alone.

    A customer is looked up by `customer_reference`, else created. Amounts are in the company's base currency. Needs
    `outstanding.import`. Raises InvalidInput `unreadable_file` or for a closed day, TooLarge above 10,000 rows or
    10,485,760 bytes.
    """
    actor.require("outstanding.import")
    require_book_date(actor=actor, day=today(actor.company), field="issue_date")
    report = RenewalImport()
    policies = _read(content, report, actor.company.base_currency)
    existing = {
        each.policy_number: each
        for each in RenewalCase.objects.select_related("case", "customer").filter(
            company_id=actor.company_id, policy_number__in=list(policies)
        )
    }
    new = {
        number: _new_of(actor, policy, existing.get(number), report) for number, policy in policies.items()
    }
    report.errors.sort(key=lambda error: error.row)
    report.written = not dry_run and not report.errors
    if report.written:
        _write(actor, policies, existing, new, progress)
    return report


def _write(
    actor: Actor,
    policies: Mapping[str, _Policy],
    existing: Mapping[str, RenewalCase],
    new: Mapping[str, list[NewInstallment]],
    progress: Callable[[int], Any],
) -> None:
    customers = _customers(actor, [each for key, each in policies.items() if key not in existing])
    for number, policy in policies.items():
        if number not in existing:
            customer = customers[number]
            open_renewal_case(
                actor=actor,
                customer_id=customer.id,
                customer_name=customer.name,
                policy_number=number,
                policy_type=policy.type,
                premium=policy.premium,
                installments=policy.installments,
            )
        elif new[number]:
            add_installments(actor=actor, renewal=existing[number], installments=new[number])
        progress(len(policy.installments))


def _read(content: bytes, report: RenewalImport, currency: str) -> dict[str, _Policy]:
    """The policies of the file by number; what is wrong with its rows goes into the report."""
    policies: dict[str, _Policy] = {}
    for row, cells in read_rows(content=content, required=REQUIRED, known=COLUMNS):
        report.rows += 1
        if (values := _values(row, cells, report, currency)) is not None:
            _add(row, values, policies, report)
    return policies


def _values(
    row: int, cells: Mapping[str, str], report: RenewalImport, currency: str
) -> dict[str, Any] | None:
    amount = partial(cell_amount, currency=currency)
    readers: dict[str, Callable[[str], Any]] = {
        "policy_number": lambda text: cell_text(text, limit=60, required=True),
        "policy_type": lambda text: cell_text(text, limit=100, required=True),
        "premium": amount,
        "customer_name": lambda text: cell_text(text, limit=200, required=True),
        "period": lambda text: cell_text(text, limit=60, required=True),
        "amount": amount,
        "due_date": cell_date,
        "customer_reference": lambda text: cell_text(text, limit=60),
        "customer_email": lambda text: cell_text(text, limit=254),
        "description": lambda text: cell_text(text, limit=200),
    }
    values: dict[str, Any] = {}
    before = len(report.errors)
    for name, read in readers.items():
        try:
            values[name] = read(cells.get(name, ""))
        except BadCell as error:
            report.errors.append(RowError(row, name, "invalid", str(error)))
    return values if len(report.errors) == before else None


def _add(row: int, values: Mapping[str, Any], policies: dict[str, _Policy], report: RenewalImport) -> None:
    installment = NewInstallment(
        values["period"], values["amount"], values["due_date"], values["description"]
    )
    policy = _Policy(
        row,
        values["policy_number"],
        values["policy_type"],
        values["premium"],
        values["customer_name"],
        values["customer_reference"],
        values["customer_email"],
        [installment],
    )
    first = policies.setdefault(policy.number, policy)
    if first is policy:
        return
    heads = [
        (each.type, each.premium, each.customer_name, each.customer_reference) for each in (first, policy)
    ]
    if heads[0] != heads[1]:
        message = f"Line {first.row} gives policy {policy.number} a different type, premium or customer."
        report.errors.append(RowError(row, "policy_number", POLICY_DIFFERS, message))
    elif any(each.period == installment.period for each in first.installments):
        message = f"Policy {policy.number} has {installment.period} twice."
        report.errors.append(RowError(row, "period", POLICY_DIFFERS, message))
    else:
        first.installments.append(installment)


def _new_of(
    actor: Actor, policy: _Policy, existing: RenewalCase | None, report: RenewalImport
) -> list[NewInstallment]:
    """The installments that do not exist yet, counted; those that exist with other values go into the report."""
    if existing is None:
        report.cases += 1
        there: dict[str, CustomerInstallment] = {}
    else:
        there = {
            each.period: each
            for each in CustomerInstallment.objects.filter(company_id=actor.company_id, renewal_case=existing)
        }
        same = (existing.policy_type, existing.premium, existing.customer.external_reference or "")
        if same != (policy.type, policy.premium, policy.customer_reference):
            message = f"Policy {policy.number} already exists with another type, premium or customer."
            report.errors.append(RowError(policy.row, "policy_number", POLICY_DIFFERS, message))
    new: list[NewInstallment] = []
    for each in policy.installments:
        known = there.get(each.period)
        if known is None:
            new.append(each)
            report.installments += 1
            report.total += each.amount
        elif (known.amount, known.due_date) == (each.amount, each.due_date):
            report.existing += 1
        else:
            message = (
                f"{each.period} of policy {policy.number} already exists: {format_amount(known.amount)}, "
                f"due {known.due_date}."
            )
            report.errors.append(RowError(policy.row, "period", POLICY_DIFFERS, message))
    return new


def _customers(actor: Actor, policies: list[_Policy]) -> dict[str, Customer]:
    """The customers of new policies by policy number: looked up by reference, else created."""
    references = {each.customer_reference for each in policies if each.customer_reference}
    by_reference = {
        str(each.external_reference): each
        for each in Customer.objects.filter(
            company_id=actor.company_id, external_reference__in=list(references)
        )
    }
    by_policy: dict[str, Customer] = {}
    made: list[Customer] = []
    for policy in policies:
        customer = by_reference.get(policy.customer_reference)
        if customer is None:
            customer = Customer(
                id=uuid7(),
                company_id=actor.company_id,
                name=policy.customer_name,
                email=policy.customer_email,
                external_reference=policy.customer_reference or None,
            )
            made.append(customer)
            if policy.customer_reference:
                by_reference[policy.customer_reference] = customer
        by_policy[policy.number] = customer
    insert_many(made)
    return by_policy
