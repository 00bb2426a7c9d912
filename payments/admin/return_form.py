"""The forms of a payment that came back, and of a payment for a debt that was written off."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.confirmations import TypedMoneyField
from batconnect.core.kernel.money import format_amount
from ledger.models import Obligation
from ledger.treasury.models import BankAccount
from payments.models import Payment
from payments.services.taking_back import Taken


class ReturnForm(forms.Form):
    """What the bank said, how much it took, and what the customer is charged for it."""

    reason_code = forms.CharField(
        max_length=20, widget=UnfoldAdminTextInputWidget, help_text="The bank's, such as R01 or NSF."
    )
    amount = TypedMoneyField(
        above_zero=True,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="All of it if left out.",
    )
    fee = TypedMoneyField(
        above_zero=True,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Charged to the customer.",
    )
    bank_account_id = forms.ChoiceField(label="Bank account", required=False, widget=UnfoldAdminSelectWidget)
    notes = forms.CharField(max_length=400, required=False, widget=UnfoldAdminTextInputWidget)


def offer_accounts(request: HttpRequest, row: Payment, form: ReturnForm) -> None:
    """The bank accounts of the payment's currency."""
    accounts = BankAccount.objects.filter(company_id=row.company_id, currency=row.currency, is_active=True)
    field = form.fields["bank_account_id"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", "The default account"), *((str(each.pk), each.name) for each in accounts)]


def describe_return(done: Taken) -> str:
    """What came back, what is owed again, and what is charged."""
    made, payment = done.returned, done.payment
    parts = [f"{format_amount(made.amount)} {payment.currency} of {payment.number} came back."]
    if done.allocations:
        lines = len(done.allocations)
        parts.append(f"{lines} {'application is' if lines == 1 else 'applications are'} undone.")
    if done.charged is not None:
        parts.append(f"{done.charged} charges {format_amount(made.charged)}, which had been refunded.")
    if done.fee is not None:
        parts.append(f"{done.fee} charges a fee of {format_amount(done.fee.original)}.")
    return " ".join([*parts, *done.warnings])


class RecoverForm(forms.Form):
    """Which debt is paid, and how much of it."""

    debt = forms.ChoiceField(label="Debt", widget=UnfoldAdminSelectWidget)
    amount = TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget())


def written_off_of(row: Payment) -> QuerySet[Obligation]:
    """The debts of the payment's customer of which something is written off."""
    return Obligation.objects.filter(
        company_id=row.company_id, customer_id=row.customer_id, currency=row.currency, written_off__gt=0
    ).order_by("due_date", "id")


def offer_written_off(request: HttpRequest, row: Payment, form: RecoverForm) -> None:
    """The debts with what is written off of each; the address may name one."""
    choices = [
        (str(each.pk), f"{each}, {format_amount(each.written_off)} written off")
        for each in written_off_of(row)[:200]
    ]
    field = form.fields["debt"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
