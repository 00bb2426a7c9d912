"""Policies and their installments from a file: a row is an installment; the first of a policy opens its case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from batconnect.core.database.rows import insert_many
from batconnect.core.files import cells
from batconnect.core.files.imports import Column, Import, ImportReport, Progress, Row
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_count
from batconnect.directory.models import Customer
from ledger.services import require_book_date
from outstanding.errors import POLICY_DIFFERS
from outstanding.models import CustomerInstallment, RenewalCase
from outstanding.services.cases import NewInstallment, add_installments, open_renewal_case


@dataclass(slots=True)
class RenewalReport(ImportReport):
    """`created` counts installments, `cases` the policies that are new."""

    cases: int = 0

    @property
    def installments(self) -> int:
        """The installments that are new."""
        return self.created


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
    lines: list[int]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A policy of the file: its case, if there is one, and the installments that are new."""

    policy: _Policy
    existing: RenewalCase | None
    new: list[NewInstallment]


class RenewalsImport(Import):
    """A case per policy of the file with its installments, all or nothing; what exists is left alone.

    A customer is looked up by `customer_reference`, else created. Amounts are in the company's base currency. A closed
    day is refused.
    """

    name = "renewals"
    told = "Open a case for each policy and raise its installments, one a row."
    permission = "outstanding.import"
    done, planned = "raised", "to raise"
    keeps_good = False
    report = RenewalReport
    columns = (
        Column("policy_number", cells.text(60, required=True), required=True, examples=("P-1001", "P-1001")),
        Column("policy_type", cells.text(100, required=True), required=True, examples=("Health", "Health")),
        Column(
            "premium", cells.amount, required=True, help="the whole policy's", examples=("300.00", "300.00")
        ),
        Column(
            "customer_name", cells.text(200, required=True), required=True, examples=("Ann Lee", "Ann Lee")
        ),
        Column(
            "period",
            cells.text(60, required=True),
            required=True,
            help="unique in its policy",
            examples=("Q1", "Q2"),
        ),
        Column(
            "amount", cells.amount, required=True, help="the installment's", examples=("150.00", "150.00")
        ),
        Column("due_date", cells.day, required=True, examples=("2026-03-31", "2026-06-30")),
        Column(
            "customer_reference",
            cells.text(60),
            default="",
            help="finds the customer; a new one is made where nobody has it",
            examples=("C-1001", "C-1001"),
        ),
        Column("customer_email", cells.text(254), default=""),
        Column("description", cells.text(200), default="", examples=("First quarter", "")),
    )

    def check(
        self, *, actor: Actor, rows: Sequence[Row], report: ImportReport, progress: Progress
    ) -> list[_Planned]:
        require_book_date(actor=actor, day=today(actor.company), field="issue_date")
        assert isinstance(report, RenewalReport)
        policies: dict[str, _Policy] = {}
        for row in rows:
            _add(row, policies, report)
        existing = {
            each.policy_number: each
            for each in RenewalCase.objects.select_related("case", "customer").filter(
                company_id=actor.company_id, policy_number__in=list(policies)
            )
        }
        good = []
        for number, policy in policies.items():
            there = existing.get(number)
            good.append(_Planned(policy, there, _new_of(actor, policy, there, report)))
            progress(len(policy.installments))
        return good

    def carry_out(self, *, actor: Actor, good: Sequence[_Planned], report: ImportReport) -> None:
        customers = _customers(actor, [each.policy for each in good if each.existing is None])
        for each in good:
            policy = each.policy
            if each.existing is None:
                customer = customers[policy.number]
                open_renewal_case(
                    actor=actor,
                    customer_id=customer.id,
                    customer_name=customer.name,
                    policy_number=policy.number,
                    policy_type=policy.type,
                    premium=policy.premium,
                    installments=policy.installments,
                )
            elif each.new:
                add_installments(actor=actor, renewal=each.existing, installments=each.new)

    def counted(self, report: ImportReport) -> str:
        assert isinstance(report, RenewalReport)
        return f"{format_count(report.cases, 'case')}, {format_count(report.installments, 'installment')}"


RENEWALS: Final = RenewalsImport()


def _add(row: Row, policies: dict[str, _Policy], report: ImportReport) -> None:
    installment = NewInstallment(row["period"], row["amount"], row["due_date"], row["description"])
    policy = _Policy(
        row.line,
        row["policy_number"],
        row["policy_type"],
        row["premium"],
        row["customer_name"],
        row["customer_reference"],
        row["customer_email"],
        [installment],
        [row.line],
    )
    first = policies.setdefault(policy.number, policy)
    if first is policy:
        return
    heads = [
        (each.type, each.premium, each.customer_name, each.customer_reference) for each in (first, policy)
    ]
    if heads[0] != heads[1]:
        message = f"Line {first.row} gives policy {policy.number} a different type, premium or customer."
        report.refuse(row.line, "policy_number", message, code=POLICY_DIFFERS)
    elif any(each.period == installment.period for each in first.installments):
        message = f"Policy {policy.number} has {installment.period} twice."
        report.refuse(row.line, "period", message, code=POLICY_DIFFERS)
    else:
        first.installments.append(installment)
        first.lines.append(row.line)


def _new_of(
    actor: Actor, policy: _Policy, existing: RenewalCase | None, report: RenewalReport
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
            report.refuse(policy.row, "policy_number", message, code=POLICY_DIFFERS)
    new: list[NewInstallment] = []
    for each, line in zip(policy.installments, policy.lines, strict=True):
        known = there.get(each.period)
        if known is None:
            new.append(each)
            report.created += 1
            report.total += each.amount
        elif (known.amount, known.due_date) == (each.amount, each.due_date):
            report.existing += 1
        else:
            message = (
                f"{each.period} of policy {policy.number} already exists: {format_amount(known.amount)}, "
                f"due {known.due_date}."
            )
            report.refuse(line, "period", message, code=POLICY_DIFFERS)
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
