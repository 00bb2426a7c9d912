"""The pages of the counter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from batconnect.core.console.base import has_permission
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import NotFound, Refusal
from batconnect.core.kernel.money import ZERO
from cases.models import Case
from console.addresses import address_of, receipt_address
from console.counter.fields import CounterForm
from console.counter.lending import (
    AttachForm,
    DocumentForm,
    LoanForm,
    RepairForm,
    enter_repair,
    first_values,
    lend,
    preview_loan,
    preview_repair,
)
from console.counter.payers import Payer
from console.counter.results import Result
from console.counter.taking import MAX_LISTED, NO_LEASE, PaymentForm, list_lines, take
from console.counter.wizard import Wizard
from console.pages import ConsolePage, register_page
from ledger.chart import Category
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.querysets import find_document
from loans.kind import LOANS
from payments.errors import PaymentNotFound
from payments.models import Payment
from payments.rules.interim import MAX_ALLOCATIONS
from payments.rules.methods import method_label
from payments.services.receipts import read_receipt
from repairs.kind import REPAIRS
from repairs.rules import LARGEST_BYTES
from repairs.services import attach_document


@register_page
class TakePayment(Wizard):
    """A driver pays; `?driver=` or `?customer=` begin with that payer chosen."""

    route = "counter/payment/"
    url_name = "take_payment"
    title = "Take a payment"
    permission = "payments.record"
    permissions = ("cases.work", "payments.record", "payments.allocate")
    form_template = "admin/counter/payment.html"
    check_template = "admin/counter/payment_check.html"
    done_now = "The payment is taken."
    done_before = "This payment has already been taken. This is its receipt."
    needs_lease = False

    def make_form(self, payer: Payer, data: dict[str, str] | None) -> PaymentForm:
        form = PaymentForm(
            payer=payer,
            data=data,
            initial={"payment_date": today(self.actor.company).isoformat(), "method": "cash"},
        )
        day = form.fields["payment_date"].widget
        day.attrs["max"] = today(self.actor.company).isoformat()
        if len(payer.leases) <= 1:
            form.fields["amount"].widget.attrs["autofocus"] = True
        return form

    def typed(self) -> dict[str, str]:
        return PaymentForm.typed(self.request.POST)

    def first_lease(self, payer: Payer) -> str:
        """As everywhere; of somebody who owes nothing the money is kept as cash."""
        return super().first_lease(payer) if payer.outstanding else NO_LEASE

    def carry_out(self, payer: Payer, data: Mapping[str, str]) -> Result:
        return take(actor=self.actor, payer=payer, data=data, duplicate_seen="duplicate" in self.request.POST)

    def more_to_check(self, result: Result) -> dict[str, Any]:
        assert result.receipt is not None
        return {"method": method_label(result.receipt.payment.method)}

    def more(self, payer: Payer, form: CounterForm, data: Mapping[str, str]) -> dict[str, Any]:
        assert isinstance(form, PaymentForm)
        category = self.request.GET.get("category", "")
        category = category if category in set(Category) else ""
        listing = list_lines(actor=self.actor, payer=payer, data=data, form=form, category=category)
        return {
            "listing": listing,
            "category": category,
            "all_categories": [(each.value, each.label) for each in Category],
            "max_listed": MAX_LISTED,
            "max_lines": MAX_ALLOCATIONS,
            "no_lease": NO_LEASE,
            "only_account": not payer.leases,
        }


class _ScheduleWizard(Wizard):
    """A document with a schedule, which is shown while it is typed."""

    form_class: ClassVar[type[DocumentForm]]
    preview: ClassVar[Callable[..., list[dict[str, Any]]]]
    form_template = "admin/counter/document.html"
    check_template = "admin/counter/document_check.html"
    action_label: ClassVar[str]

    def make_form(self, payer: Payer, data: dict[str, str] | None) -> DocumentForm:
        return self.form_class(data, initial=first_values(actor=self.actor, form=self.form_class))

    def typed(self) -> dict[str, str]:
        return self.form_class.typed(self.request.POST)

    def post(self, request: HttpRequest) -> HttpResponse:
        """As every wizard; `part=schedule` answers with the schedule alone and keeps nothing."""
        payer = self._payer() if "part" in request.GET else None
        return super().post(request) if payer is None else self._schedule(payer)

    def _schedule(self, payer: Payer) -> HttpResponse:
        rows: list[dict[str, Any]] = []
        refusal: Refusal | None = None
        try:
            rows = type(self).preview(actor=self.actor, payer=payer, data=self.typed())
        except Refusal as refused:
            refusal = refused
        planned = Result(address="", seen=(), installments=rows)
        return self.page(
            template="admin/counter/schedule_part.html",
            result=planned,
            refusal=refusal,
            currency=self.actor.company.base_currency,
        )

    def more_to_check(self, result: Result) -> dict[str, Any]:
        return {"action_label": self.action_label}


@register_page
class NewLoan(_ScheduleWizard):
    """A driver borrows."""

    route = "counter/loan/"
    url_name = "new_loan"
    title = "New loan"
    permission = "loans.open"
    permissions = ("cases.work", "loans.view", "loans.open")
    done_now = "The loan is made."
    done_before = "This loan has already been made. Here it is."
    form_class = LoanForm
    preview = staticmethod(preview_loan)
    action_label = "Make the loan"

    def carry_out(self, payer: Payer, data: Mapping[str, str]) -> Result:
        return lend(actor=self.actor, payer=payer, data=data)


@register_page
class NewRepair(_ScheduleWizard):
    """A workshop's invoice that a driver repays."""

    route = "counter/repair/"
    url_name = "new_repair"
    title = "New repair"
    permission = "repairs.open"
    permissions = ("cases.work", "repairs.view", "repairs.open")
    done_now = "The repair is entered."
    done_before = "This repair has already been entered. Here it is."
    form_class = RepairForm
    preview = staticmethod(preview_repair)
    action_label = "Enter the repair"

    def carry_out(self, payer: Payer, data: Mapping[str, str]) -> Result:
        return enter_repair(actor=self.actor, payer=payer, data=data)


@register_page
class PaymentTaken(ConsolePage):
    """The receipt of a payment, with what is to do next."""

    route = "counter/payment/<str:number>/"
    url_name = "payment_taken"
    title = "Receipt"
    permission = "payments.view"
    template_name = "admin/counter/payment_taken.html"

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """The receipt. Raises PaymentNotFound."""
        payment = (
            Payment.objects.select_related("customer", "driver", "lease__medallion", "duplicate_of")
            .filter(company_id=self.actor.company_id, number=number)
            .first()
        )
        if payment is None:
            raise PaymentNotFound(f"There is no payment {number[:40]}.")
        receipt = read_receipt(actor=self.actor, payment=payment)
        return self.page(
            title=f"Receipt {payment.receipt_number}",
            payment=payment,
            receipt=receipt,
            method=method_label(payment.method),
            pdf=receipt_address(payment),
            case=_case(self.actor.company_id, payment.case_no),
            may_take=TakePayment.lets_in(request),
        )


class _Made(ConsolePage):
    """A document with its schedule, just made."""

    template_name = "admin/counter/document_made.html"
    kind: ClassVar[RepaidKind]
    wizard: ClassVar[type[Wizard]]

    def read(self, number: str) -> tuple[dict[str, Any], list[Any]]:
        """Its row and its schedule. Raises NotFound."""
        return find_document(actor=self.actor, kind=self.kind, number=number)

    def more(self, address: str) -> dict[str, Any]:
        """What the page of this kind shows besides; `address` is where the API shows the document."""
        return {}

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """The document. Raises NotFound."""
        row, schedule = self.read(number)
        address = self.kind.address(row["number"])
        return self.page(
            title=f"{self.title} {row['number']}",
            word=self.title,
            row=row,
            schedule=schedule,
            interest=sum((each.interest_amount for each in schedule), ZERO),
            own_page=address_of(self.kind.document._meta.label, row["document_id"]),
            pdf=f"{address}/receipt?format=pdf",
            case=_case(self.actor.company_id, row["case_no"]),
            another=reverse(f"admin:{self.wizard.url_name}"),
            may_make=self.wizard.lets_in(request),
            **self.more(address),
        )


@register_page
class LoanMade(_Made):
    """A loan as it was made."""

    route = "counter/loan/<str:number>/"
    url_name = "loan_made"
    title = "Loan"
    permission = "loans.view"
    kind = LOANS
    wizard = NewLoan


@register_page
class RepairMade(_Made):
    """A repair as it was entered, where the workshop's invoice is attached."""

    route = "counter/repair/<str:number>/"
    url_name = "repair_made"
    title = "Repair"
    permission = "repairs.view"
    kind = REPAIRS
    wizard = NewRepair

    def more(self, address: str) -> dict[str, Any]:
        return {
            "document": f"{address}/document",
            "attach": AttachForm() if has_permission(self.request, "repairs.open") else None,
        }

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        """Attach the workshop's invoice. Raises NotFound."""
        self.actor.require("repairs.open")
        row, _ = self.read(number)
        upload = request.FILES.get("file")
        if not isinstance(upload, UploadedFile):
            messages.error(request, "First choose the file with the workshop's invoice.")
        elif (upload.size or 0) > LARGEST_BYTES:
            messages.error(
                request, f"The file has {upload.size:,} bytes; at most {LARGEST_BYTES:,} are accepted."
            )
        else:
            self._attach(row["number"], upload)
        return HttpResponseRedirect(request.path)

    def _attach(self, number: str, upload: UploadedFile) -> None:
        try:
            attach_document(actor=self.actor, repair_id=number, name=upload.name or "", content=upload.read())
        except NotFound:
            raise
        except Refusal as refusal:
            messages.error(self.request, refusal.message)
        else:
            messages.success(self.request, "The workshop's invoice is attached.")


def _case(company_id: Any, case_no: str) -> Case | None:
    return Case.objects.filter(company_id=company_id, case_no=case_no).first() if case_no else None
