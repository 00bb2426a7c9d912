"""The pages of the counter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from batconnect.core.console.base import has_permission
from batconnect.core.console.counter_forms import CounterForm
from batconnect.core.console.refusals import show_error
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import NotFound, Refusal
from batconnect.core.kernel.money import ZERO
from cases.models import Case
from console.addresses import mailing_address, page_of, receipt_address
from console.counter.lending import AttachForm, make, preview
from console.counter.payers import Payer
from console.counter.results import Result
from console.counter.taking import MAX_LISTED, NO_LEASE, PaymentForm, list_lines, take
from console.counter.wizard import Wizard
from console.pages import ConsolePage, register_page, registered_pages
from ledger.chart import Category
from ledger.repayment.counter import AtCounter, Attachment, DocumentForm, counters
from ledger.repayment.querysets import find_document
from payments.errors import PaymentNotFound
from payments.models import Payment
from payments.rules.interim import MAX_ALLOCATIONS
from payments.rules.methods import method_label
from payments.services.receipts import read_receipt


@register_page
class TakePayment(Wizard):
    """A driver pays; `?driver=` or `?customer=` begin with that payer chosen."""

    route = "counter/payment/"
    url_name = "take_payment"
    title = "Take a payment"
    icon = "point_of_sale"
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

    def run(self) -> Result:
        return take(
            actor=self.actor,
            payer=self.payer,
            data=self.data,
            duplicate_seen="duplicate" in self.request.POST,
        )

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


class NewDocument(Wizard):
    """A document with a schedule, which is shown while it is typed; of each kind a page."""

    counter: ClassVar[AtCounter]
    form_template = "admin/counter/document.html"
    check_template = "admin/counter/document_check.html"

    def make_form(self, payer: Payer, data: dict[str, str] | None) -> DocumentForm:
        form = self.counter.form
        return form(data, initial=form.first_values(today(self.actor.company)))

    def typed(self) -> dict[str, str]:
        return self.counter.form.typed(self.request.POST)

    def run(self) -> Result:
        return make(self.counter, actor=self.actor, payer=self.payer, data=self.data)

    def post(self, request: HttpRequest) -> HttpResponse:
        """As every wizard; `part=schedule` answers with the schedule alone and keeps nothing."""
        payer = self._payer() if "part" in request.GET else None
        return super().post(request) if payer is None else self._schedule(payer)

    def _schedule(self, payer: Payer) -> HttpResponse:
        rows: list[dict[str, Any]] = []
        refusal: Refusal | None = None
        try:
            rows = preview(self.counter, actor=self.actor, payer=payer, data=self.typed())
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
        return {"action_label": f"{self.counter.action.capitalize()} the {self.counter.kind.noun}"}


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
            mailing=mailing_address(request, "payments_payment_send", payment.pk),
        )


class DocumentMade(ConsolePage):
    """A document with its schedule, just made; of each kind a page. Where it has a file, that is attached here."""

    template_name = "admin/counter/document_made.html"
    counter: ClassVar[AtCounter]

    def read(self, number: str) -> tuple[dict[str, Any], list[Any]]:
        """Its row and its schedule. Raises NotFound."""
        return find_document(actor=self.actor, kind=self.counter.kind, number=number)

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """The document. Raises NotFound."""
        kind, attachment = self.counter.kind, self.counter.attachment
        row, schedule = self.read(number)
        address = kind.address(row["number"])
        wizard = registered_pages()[f"new_{kind.noun}"]
        return self.page(
            title=f"{self.title} {row['number']}",
            word=self.title,
            row=row,
            facts=self.counter.facts(row),
            schedule=schedule,
            interest=sum((each.interest_amount for each in schedule), ZERO),
            own_page=page_of(kind.document, row["document_id"]),
            pdf=f"{address}/receipt?format=pdf",
            case=_case(self.actor.company_id, row["case_no"]),
            another=reverse(f"admin:{wizard.url_name}"),
            may_make=wizard.lets_in(request),
            document=f"{address}/document" if attachment else "",
            attach=AttachForm(attachment) if attachment and has_permission(request, self._right) else None,
        )

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        """Attach the document's file. Raises NotFound."""
        attachment = self.counter.attachment
        if attachment is None:
            return self.http_method_not_allowed(request)
        self.actor.require(self._right)
        row, _ = self.read(number)
        upload = request.FILES.get("file")
        if not isinstance(upload, UploadedFile):
            messages.error(request, f"First choose the file with the {attachment.name}.")
        elif (upload.size or 0) > attachment.largest:
            messages.error(
                request, f"The file has {upload.size:,} bytes; at most {attachment.largest:,} are accepted."
            )
        else:
            self._attach(attachment, row["number"], upload)
        return HttpResponseRedirect(request.path)

    @property
    def _right(self) -> str:
        return f"{self.counter.kind.app}.open"

    def _attach(self, attachment: Attachment, number: str, upload: UploadedFile) -> None:
        try:
            attachment.keep(actor=self.actor, number=number, name=upload.name or "", content=upload.read())
        except NotFound:
            raise
        except Refusal as refusal:
            show_error(self.request, refusal)
        else:
            messages.success(self.request, f"The {attachment.name} is attached.")


def document_pages(counter: AtCounter) -> tuple[type[NewDocument], type[DocumentMade]]:
    """The two pages of a kind: where its documents are made, and where a made one is shown."""
    kind, word = counter.kind, counter.kind.word
    new = type(
        f"New{word}",
        (NewDocument,),
        {
            "__module__": __name__,
            "counter": counter,
            "route": f"counter/{kind.noun}/",
            "url_name": f"new_{kind.noun}",
            "title": f"New {kind.noun}",
            "icon": counter.icon,
            "permission": f"{kind.app}.open",
            "permissions": ("cases.work", kind.subject.permission, f"{kind.app}.open"),
            "done_now": f"The {kind.noun} is {counter.done}.",
            "done_before": f"This {kind.noun} has already been {counter.done}. Here it is.",
        },
    )
    made = type(
        f"{word}Made",
        (DocumentMade,),
        {
            "__module__": __name__,
            "counter": counter,
            "route": f"counter/{kind.noun}/<str:number>/",
            "url_name": f"{kind.noun}_made",
            "title": word,
            "permission": kind.subject.permission,
        },
    )
    return new, made


for _counter in counters():
    for _page in document_pages(_counter):
        register_page(_page)


def _case(company_id: Any, case_no: str) -> Case | None:
    return Case.objects.filter(company_id=company_id, case_no=case_no).first() if case_no else None
