"""The pages on which somebody is charged or billed, and those that show what was made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from batconnect.core.console.counter_forms import CounterForm
from batconnect.core.console.rights import NotHere
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_day
from batconnect.directory.models import Customer
from console.addresses import account_address, may_see, may_see_accounts, page_address, page_of
from console.counter.charging import ChargeForm, charge, with_earlier_leases
from console.counter.crediting import CreditForm, give_credit
from console.counter.invoicing import HEADINGS, InvoiceForm, issue
from console.counter.payers import Payer
from console.counter.results import Result
from console.counter.wizard import Wizard
from console.pages import ConsolePage, register_page
from ledger.models import Obligation
from payments.models import CreditMemo, Invoice

DAYS_TO_PAY = 30


class _OfLease(Wizard):
    """What a customer owes or is credited with; of a driver with a lease, also one that has ended."""

    form_template = "admin/counter/charge.html"
    check_template = "admin/counter/charge_check.html"
    needs_lease = False

    def first_lease(self, payer: Payer) -> str:
        """The only lease that is driven at present."""
        return str(payer.leases[0].pk) if self.present == 1 else ""

    def more(self, payer: Payer, form: CounterForm, data: Mapping[str, str]) -> dict[str, Any]:
        return {"has_leases": bool(payer.leases), "wide_fields": ("description", "reason")}

    def lease_to_check(self) -> dict[str, Any]:
        """The lease that was chosen, for the confirmation."""
        lease = next((each for each in self.payer.leases if str(each.pk) == self.data.get("lease")), None)
        return {"lease": lease}

    def _payer(self) -> Payer | None:
        payer = super()._payer()
        if payer is None:
            return None
        self.present = len(payer.leases)
        return with_earlier_leases(self.actor, payer)


@register_page
class NewCharge(_OfLease):
    """What a driver or a customer owes from now on; `?driver=` or `?customer=` begin with that debtor chosen."""

    route = "counter/charge/"
    url_name = "new_charge"
    title = "Add a charge"
    icon = "post_add"
    permission = "ledger.raise_obligation"
    permissions = ("ledger.raise_obligation", "payments.view")
    done_now = "The charge is added."
    done_before = "This charge has already been added. Here it is."

    def make_form(self, payer: Payer, data: dict[str, str] | None) -> CounterForm:
        day = today(self.actor.company).isoformat()
        return ChargeForm(actor=self.actor, data=data, initial={"issue_date": day, "due_date": day})

    def typed(self) -> dict[str, str]:
        return ChargeForm.typed(self.request.POST)

    def run(self) -> Result:
        return charge(actor=self.actor, payer=self.payer, data=self.data)

    def more_to_check(self, result: Result) -> dict[str, Any]:
        lead = f"{result.facts[0][1]} to pay"
        return {**self.lease_to_check(), "action_label": "add the charge", "lead": lead}


@register_page
class NewCredit(_OfLease):
    """A credit of a customer that belongs to no item; of a driver with the lease."""

    route = "counter/credit/"
    url_name = "new_credit"
    title = "Give a credit"
    icon = "savings"
    permission = "payments.credit"
    permissions = ("payments.credit", "payments.view")
    done_now = "The credit memo is issued."
    done_before = "This credit has already been given. Here it is."

    def make_form(self, payer: Payer, data: dict[str, str] | None) -> CounterForm:
        return CreditForm(data)

    def typed(self) -> dict[str, str]:
        return CreditForm.typed(self.request.POST)

    def run(self) -> Result:
        return give_credit(actor=self.actor, payer=self.payer, data=self.data)

    def more_to_check(self, result: Result) -> dict[str, Any]:
        lead = f"{result.facts[0][1]} to the customer's credit"
        label = "ask a second person" if result.waits else "give the credit"
        return {**self.lease_to_check(), "action_label": label, "lead": lead}


@register_page
class NewInvoice(Wizard):
    """An invoice to a customer; `?driver=` or `?customer=` begin with that customer chosen."""

    route = "counter/invoice/"
    url_name = "new_invoice"
    title = "Issue an invoice"
    icon = "request_quote"
    permission = "invoices.issue"
    permissions = ("invoices.issue", "payments.view")
    form_template = "admin/counter/invoice.html"
    check_template = "admin/counter/charge_check.html"
    done_now = "The invoice is issued."
    done_before = "This invoice has already been issued. Here it is."
    needs_lease = False

    def make_form(self, payer: Payer, data: dict[str, str] | None) -> InvoiceForm:
        day = today(self.actor.company)
        first = {
            "issue_date": day.isoformat(),
            "due_date": (day + timedelta(days=DAYS_TO_PAY)).isoformat(),
            "currency": self.actor.company.base_currency,
        }
        return InvoiceForm(data, initial=first)

    def typed(self) -> dict[str, str]:
        return InvoiceForm.typed(self.request.POST)

    def run(self) -> Result:
        return issue(actor=self.actor, payer=self.payer, data=self.data)

    def more_to_check(self, result: Result) -> dict[str, Any]:
        lead = f"An invoice of {result.facts[0][1]}"
        return {"headings": HEADINGS, "action_label": "issue the invoice", "lead": lead}


class _Made(ConsolePage):
    """What was made, with what is to do next."""

    template_name = "admin/counter/made.html"

    def show(
        self, customer: Customer, facts: list[tuple[str, str]], links: list[tuple[str, str]], again: str
    ) -> HttpResponse:
        """The page; `again` is the name of the page where another one is made."""
        next_pages = (
            (page_address(again, self.request, customer=customer.pk), f"Another one for {customer.name}"),
            (page_address(again, self.request), "Somebody else"),
            (page_address("take_payment", self.request, customer=customer.pk), "Take a payment"),
        )
        if may_see_accounts(self.request):
            links = [*links, (account_address(customer.pk), f"Account of {customer.name}")]
        return self.page(
            facts=facts, links=links, next_pages=[each for each in next_pages if each[0]], customer=customer
        )


@register_page
class ChargeMade(_Made):
    """A charge that was just added."""

    route = "counter/charge/<uuid:obligation_id>/"
    url_name = "charge_made"
    title = "Charge"
    permission = "ledger.view"

    def get(self, request: HttpRequest, obligation_id: UUID) -> HttpResponse:
        """The charge. Raises Http404 for another company's."""
        debt = (
            Obligation.objects.select_related("customer", "lease")
            .filter(company_id=self.actor.company_id, pk=obligation_id)
            .first()
        )
        if debt is None:
            raise Http404(NotHere("There is no such charge in this company."))
        facts = [
            ("Who owes it", debt.customer.name),
            *([("Lease", debt.lease.lease_id)] if debt.lease else []),
            ("What for", debt.get_category_display()),
            ("Reference", debt.reference_id),
            ("Amount", f"{format_amount(debt.original)} {debt.currency}"),
            ("Open", f"{format_amount(debt.outstanding)} {debt.currency}"),
            ("Due on", format_day(debt.due_date)),
            ("Note", debt.description),
        ]
        links = [(page_of(Obligation, debt.pk), f"Obligation {debt.reference_id}")]
        return self.show(debt.customer, facts, links, "new_charge")


@register_page
class CreditMade(_Made):
    """A credit memo that was just issued."""

    route = "counter/credit/<uuid:memo_id>/"
    url_name = "credit_made"
    title = "Credit memo"
    permission = "payments.view"

    def get(self, request: HttpRequest, memo_id: UUID) -> HttpResponse:
        """The memo. Raises Http404 for another company's."""
        memo = (
            CreditMemo.objects.select_related("customer", "lease")
            .filter(company_id=self.actor.company_id, pk=memo_id)
            .first()
        )
        if memo is None:
            raise Http404(NotHere("There is no such credit memo in this company."))
        facts = [
            ("Number", memo.number),
            ("Credited", memo.customer.name),
            *([("Lease", memo.lease.lease_id)] if memo.lease else []),
            ("Amount", f"{format_amount(memo.amount)} {memo.currency}"),
            ("Left", f"{format_amount(memo.left)} {memo.currency}"),
            ("Reason", memo.reason),
        ]
        links = [(page_of(CreditMemo, memo.pk), f"Credit memo {memo.number}: apply it, or pay it back")]
        return self.show(memo.customer, facts, links, "new_credit")


@register_page
class InvoiceMade(_Made):
    """An invoice that was just issued."""

    route = "counter/invoice/<uuid:invoice_id>/"
    url_name = "invoice_made"
    title = "Invoice"
    permission = "payments.view"

    def get(self, request: HttpRequest, invoice_id: UUID) -> HttpResponse:
        """The invoice. Raises Http404 for another company's."""
        invoice = (
            Invoice.objects.select_related("customer", "obligation")
            .filter(company_id=self.actor.company_id, pk=invoice_id)
            .first()
        )
        if invoice is None:
            raise Http404(NotHere("There is no such invoice in this company."))
        facts = [
            ("Number", invoice.number),
            ("Billed to", invoice.customer.name),
            ("Total", f"{format_amount(invoice.total)} {invoice.currency}"),
            ("Open", f"{format_amount(invoice.obligation.outstanding)} {invoice.currency}"),
            ("Issued on", format_day(invoice.issue_date)),
            ("Due on", format_day(invoice.due_date)),
        ]
        links = (
            [(page_of(Invoice, invoice.pk), f"Invoice {invoice.number}")] if may_see(request, Invoice) else []
        )
        return self.show(invoice.customer, facts, links, "new_invoice")
