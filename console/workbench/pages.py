"""The pages: payments with cash to allocate and the workbench of one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from batconnect.core.console.base import has_permission
from batconnect.core.console.confirmations import SEEN, Confirmation
from batconnect.core.console.faces import format_instant
from batconnect.core.console.faces.people import People
from batconnect.core.console.refusals import show_error
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import format_amount, to_cents
from console.pages import ConsolePage, register_page
from console.workbench.forms import Inputs, OptionsForm, read_inputs
from console.workbench.items import comparison_rows, item_rows
from console.workbench.previews import Applying, apply_plan, apply_typed
from console.workbench.queries import Wanted, payments_with_cash
from ledger.chart import Category
from payments.errors import OPTION_MISSING
from payments.models import Payment
from payments.querysets import how_applied, operations_of
from payments.rules.methods import method_label
from payments.rules.strategies import options_of
from payments.services.auto import AutoOptions
from payments.services.choosing import MAX_LINES
from payments.services.comparing import StrategyComparison, compare_with_items

_DEEPEST: Final = 200
_MARKED: Final = "Correct what is marked; nothing was applied."


@register_page
class WorkbenchQueue(ConsolePage):
    """Every payment with unallocated cash, the oldest first."""

    route = "workbench/"
    url_name = "workbench_queue"
    title = "Cash to allocate"
    icon = "call_split"
    permission = "payments.view"
    template_name = "admin/workbench/queue.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        filters = _wanted(request.GET)
        rows, has_more, totals = payments_with_cash(actor=self.actor, filters=filters)
        day = today(self.actor.company)
        return self.page(
            rows=[(row, (day - row.payment_date).days) for row in rows],
            totals=totals,
            filters=filters,
            previous_url=_page_url(filters, filters.page - 1) if filters.page > 1 else "",
            next_url=_page_url(filters, filters.page + 1) if has_more and filters.page < _DEEPEST else "",
            may_allocate=has_permission(request, "payments.allocate"),
        )


@register_page
class Workbench(ConsolePage):
    """One payment with everything that it could be applied to.

    Looking is a GET; a POST previews (`do=plan`, `do=typed`), applies what was previewed (`apply_plan`,
    `apply_typed`), or only shows what was typed worked out (`do=show`).
    """

    route = "workbench/<uuid:payment_id>/"
    url_name = "workbench"
    title = "Allocation workbench"
    permission = "payments.allocate"
    template_name = "admin/workbench/workbench.html"

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """The open items, sorted and compared."""
        return self.bench(payment_id, request.GET)

    def post(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Preview, apply, or work out what was typed; a refusal is shown above what was typed."""
        held = Payment.objects.filter(company_id=self.actor.company_id, id=payment_id)
        inputs = read_inputs(request.POST, currency=held.values_list("currency", flat=True).first() or "")
        form = OptionsForm(request.POST)
        options = inputs.with_shares(form.options())
        do = request.POST.get("do", "")
        if do in ("plan", "apply_plan"):
            return _OfPlan(self, payment_id, options, inputs).at(do)
        if do in ("typed", "apply_typed"):
            return _OfTyped(self, payment_id, options, inputs).at(do)
        return self.bench(payment_id, request.POST, inputs)

    def bench(self, payment_id: UUID, data: Mapping[str, Any], inputs: Inputs | None = None) -> HttpResponse:
        """The page with what is chosen and typed."""
        inputs = inputs or Inputs()
        form = OptionsForm(data)
        options = inputs.with_shares(form.options())
        comparison = compare_with_items(actor=self.actor, payment_id=payment_id, options=options)
        payment = comparison.payment
        items = item_rows(actor=self.actor, comparison=comparison, inputs=inputs)
        taken = options_of(options.strategy)
        return self.page(
            title=f"Allocate {payment.number}",
            **_head(payment),
            cents=to_cents(payment.available),
            form=OptionsForm(initial=_initial(form, options)),
            options=options,
            items=items,
            hidden=len(comparison.items.obligations) - len(items),
            comparison=comparison_rows(compared=comparison.compared, chosen=options.strategy),
            refusal=comparison.refusal.message if comparison.refusal else "",
            needs_inputs=comparison.refusal is not None and comparison.refusal.code == OPTION_MISSING,
            takes_rules="priority_rules" in taken,
            takes_places="order" in taken,
            takes_shares="percentages" in taken,
            shares=_category_shares(comparison, inputs) if "percentages" in taken else [],
            operations=self._operations(payment),
            obligation_url=reverse("admin:ledger_obligation_changelist"),
            is_typed=self.request.method == "POST",
            address=_address(payment, _chosen(form)),
            kept=_chosen(form),
            query=urlencode([each for each in _chosen(form) if each[0] != "strategy"]),
        )

    def _operations(self, payment: Payment) -> list[dict[str, Any]]:
        """What is applied already, each with the way to undo it."""
        may_undo = has_permission(self.request, "payments.void_allocation")
        undo = reverse("admin:payments_payment_undo", args=[payment.id])
        bench = reverse("admin:workbench", args=[payment.id])
        people = People(self.actor)
        return [
            {
                "operation": each,
                "by": people.full_name(each.by, None) if each.by else "",
                "how": how_applied(each.strategy),
                "applied_at": format_instant(each.applied_at),
                "cash": format_amount(each.cash),
                "discount": format_amount(each.discount) if each.discount else "",
                "undo_url": f"{undo}?{urlencode({'operation': each.id, 'next': bench})}"
                if may_undo and each.is_undoable
                else "",
                "why_not": "partly refunded" if each.refunded else "",
            }
            for each in operations_of(payment)
            if each.live_lines
        ]


class _Allocating(Confirmation[Applying]):
    """What is chosen or typed on a bench on its way through the confirmation; refused, it is on the bench again."""

    apply: ClassVar[str]

    def __init__(self, page: Workbench, payment_id: UUID, options: AutoOptions, inputs: Inputs) -> None:
        self.page, self.request, self.actor = page, page.request, page.actor
        self.payment_id, self.options, self.inputs = payment_id, options, inputs
        self.form = OptionsForm(self.request.POST)

    @abstractmethod
    def complaint(self) -> str:
        """What keeps it from being tried at all; empty for nothing."""

    def at(self, do: str) -> HttpResponse:
        """The preview, or what was previewed applied."""
        if complaint := self.complaint():
            messages.error(self.request, complaint)
            return self.ask()
        return self.confirm() if do == self.apply else self.check()

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """The bench; what was refused of a line is beside its box."""
        if refusal is not None:
            show_error(self.request, refusal, places=self.inputs)
        return self.page.bench(self.payment_id, self.request.POST, self.inputs)

    def refuse(self, refusal: Refusal) -> HttpResponse:
        return self.ask(refusal)

    def show(self, outcome: Applying) -> HttpResponse:
        """Exactly this, or back to what was typed."""
        if not outcome.lines:
            messages.warning(self.request, "This strategy would apply nothing.")
            return self.ask()
        payment = _payment(self.actor.company_id, self.payment_id)
        sent = self.request.POST.dict().items()
        chosen = _chosen(self.form)
        return self.page.page(
            title=f"{payment.number}: what would be applied",
            template="admin/workbench/preview.html",
            **_head(payment),
            preview=outcome,
            address=_address(payment, chosen),
            kept=[*chosen, *((name, value) for name, value in sent if "-" in name and value.strip())],
            do=self.apply,
            seen_name=SEEN,
        )

    def done(self, outcome: Applying) -> HttpResponse:
        """Back to the bench, by a GET, with what was chosen."""
        payment, lines = outcome.payment, len(outcome.lines)
        messages.success(
            self.request,
            f"Applied to {'1 item' if lines == 1 else f'{lines} items'}; "
            f"{outcome.left} {payment.currency} of {payment.number} is left.",
        )
        return HttpResponseRedirect(_address(payment, _chosen(self.form)))


class _OfPlan(_Allocating):
    """What the chosen strategy makes of the payment."""

    apply = "apply_plan"
    moved = "Something has changed since the preview, so nothing was applied. Review it again."

    def complaint(self) -> str:
        return _MARKED if self.inputs.wrong else ""

    def run(self) -> Applying:
        return apply_plan(actor=self.actor, payment_id=self.payment_id, options=self.options)


class _OfTyped(_Allocating):
    """The amounts typed beside the items."""

    apply = "apply_typed"

    def complaint(self) -> str:
        self.requests = self.inputs.requests(discount=self.options.apply_early_payment_discount)
        if self.inputs.wrong:
            return _MARKED
        if not self.requests:
            return "Enter an amount beside at least one item."
        return (
            ""
            if len(self.requests) <= MAX_LINES
            else f"At most {MAX_LINES:,} items can be allocated at once."
        )

    def run(self) -> Applying:
        return apply_typed(actor=self.actor, payment_id=self.payment_id, requests=self.requests)


def _wanted(query: Mapping[str, str]) -> Wanted:
    page = query.get("page", "1")
    return Wanted(
        text=query.get("q", "").strip()[:60],
        owing=query.get("owing") == "1",
        page=min(int(page), _DEEPEST)
        if page.isascii() and page.isdecimal() and 0 < len(page) < 5 and int(page)
        else 1,
    )


def _page_url(filters: Wanted, page: int) -> str:
    query = {"q": filters.text, "owing": "1" if filters.owing else "", "page": str(page)}
    return "?" + urlencode({name: value for name, value in query.items() if value})


def _payment(company_id: UUID, payment_id: UUID) -> Payment:
    return Payment.objects.select_related("customer").get(company_id=company_id, id=payment_id)


def _head(payment: Payment) -> dict[str, Any]:
    """What is shown above the bench and above a preview."""
    applied = payment.amount - payment.unallocated - payment.refunded - payment.returned
    figures = [("Received", format_amount(payment.amount)), ("Applied", format_amount(applied))]
    if payment.refunded:
        figures.append(("Refunded", format_amount(payment.refunded)))
    if payment.returned:
        figures.append(("Came back", format_amount(payment.returned)))
    if payment.reserved:
        figures.append(("Reserved for refunds", format_amount(payment.reserved)))
    return {
        "payment": payment,
        "method": method_label(payment.method),
        "figures": [*figures, ("Unallocated", format_amount(payment.available))],
        "bench": reverse("admin:workbench", args=[payment.id]),
    }


def _initial(form: OptionsForm, options: AutoOptions) -> dict[str, Any]:
    """The options as they count, so that the form shows them."""
    values = form.cleaned_data if form.is_valid() else {}
    return {**values, "strategy": options.strategy}


def _chosen(form: OptionsForm) -> list[tuple[str, str]]:
    """The options as fields of a form or of an address."""
    values = form.cleaned_data if form.is_valid() else {}
    kept = [(name, values[name]) for name in ("strategy", "rule", "then_rule") if values.get(name)]
    if values.get("discount"):
        kept.append(("discount", "on"))
    return kept + [("category", each) for each in values.get("category", ())]


def _address(payment: Payment, chosen: list[tuple[str, str]]) -> str:
    """The payment's bench with what is chosen."""
    bench = reverse("admin:workbench", args=[payment.id])
    return f"{bench}?{urlencode(chosen)}" if chosen else bench


def _category_shares(comparison: StrategyComparison, inputs: Inputs) -> list[tuple[str, str, str, str]]:
    """A box for each category that something is open in: code, label, what was typed, what is wrong with it."""
    present = {each.category for each in comparison.items.obligations.values()}
    return [
        (
            each.value,
            each.label,
            inputs.percents.get(each.value, ""),
            inputs.wrong.get(f"percent-{each.value}", ""),
        )
        for each in Category
        if each.value in present
    ]
