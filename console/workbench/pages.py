"""The pages: payments with cash to allocate and the workbench of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from batconnect.core.console.base import may
from batconnect.core.console.confirmations import SEEN, confirmed, tell
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import in_words, to_cents
from console.pages import ConsolePage, register_page
from console.workbench.forms import AMOUNT, Boxes, OptionsForm, read_boxes
from console.workbench.items import comparison_rows, item_rows
from console.workbench.previews import (
    Preview,
    applied_in_words,
    effect_of,
    preview_plan,
    preview_typed,
)
from console.workbench.queries import Wanted, payments_with_cash
from ledger.chart import Category
from payments.errors import OPTION_MISSING, PLAN_STALE
from payments.models import Payment
from payments.querysets import how_applied, operations_of
from payments.rules.methods import method_label
from payments.services.auto import AutoOptions, auto_allocate_payment, preview_allocation
from payments.services.choosing import MOST_LINES, AllocationRequest, allocate_payment
from payments.services.comparing import Weighed, weigh_strategies

_DEEPEST: Final = 200
_MOVED: Final = "Something has changed since the preview, so nothing was applied. Look at it again."


@register_page
class WorkbenchQueue(ConsolePage):
    """Every payment with unallocated cash, the oldest first."""

    route = "workbench/"
    url_name = "workbench_queue"
    title = "Cash to allocate"
    permission = "payments.view"
    template_name = "admin/workbench/queue.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        wanted = _wanted(request.GET)
        rows, has_more, totals = payments_with_cash(actor=self.actor, wanted=wanted)
        day = today(self.actor.company)
        return self.page(
            rows=[(row, (day - row.payment_date).days) for row in rows],
            totals=totals,
            wanted=wanted,
            previous_url=_page_url(wanted, wanted.page - 1) if wanted.page > 1 else "",
            next_url=_page_url(wanted, wanted.page + 1) if has_more and wanted.page < _DEEPEST else "",
            may_allocate=may(request, "payments.allocate"),
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
        return self._bench(payment_id, request.GET)

    def post(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Preview, apply, or work out what was typed; a refusal is told above what was typed."""
        held = Payment.objects.filter(company_id=self.actor.company_id, id=payment_id)
        boxes = read_boxes(request.POST, currency=held.values_list("currency", flat=True).first() or "")
        form = OptionsForm(request.POST)
        options = boxes.with_shares(form.options())
        do = request.POST.get("do", "")
        try:
            if do in ("plan", "apply_plan"):
                return self._plan(payment_id, options, boxes, applies=do == "apply_plan")
            if do in ("typed", "apply_typed"):
                return self._typed(payment_id, options, boxes, applies=do == "apply_typed")
        except Refusal as refusal:
            _tell(request, boxes, refusal)
        return self._bench(payment_id, request.POST, boxes)

    def _plan(self, payment_id: UUID, options: AutoOptions, boxes: Boxes, *, applies: bool) -> HttpResponse:
        if boxes.wrong:
            messages.error(self.request, "Correct what is marked; nothing was done.")
            return self._bench(payment_id, self.request.POST, boxes)
        if applies:
            seen = self.request.POST.get(SEEN) or "nothing was seen"
            # A refusal is told on a page of this very request, so it takes back all that it came after.
            with transaction.atomic():
                done = auto_allocate_payment(
                    actor=self.actor, payment_id=payment_id, options=options, plan_hash=seen
                )
            return self._applied(done.payment, len(done.plan.lines))
        spread = preview_allocation(actor=self.actor, payment_id=payment_id, options=options)
        if not spread.plan.lines:
            messages.warning(self.request, "There is nothing that this strategy would apply.")
            return self._bench(payment_id, self.request.POST, boxes)
        return self._ask(spread.payment, preview_plan(spread), "apply_plan")

    def _typed(self, payment_id: UUID, options: AutoOptions, boxes: Boxes, *, applies: bool) -> HttpResponse:
        requests = boxes.requests(discount=options.apply_early_payment_discount)
        if boxes.wrong or not 0 < len(requests) <= MOST_LINES:
            messages.error(self.request, _why_not_typed(boxes, requests))
            return self._bench(payment_id, self.request.POST, boxes)
        if applies:
            done = []

            def run() -> Any:
                done.append(allocate_payment(actor=self.actor, payment_id=payment_id, requests=requests))
                return effect_of(done[0])

            confirmed(seen=self.request.POST.get(SEEN, ""), run=run)
            return self._applied(done[0].applied.payment, len(requests))
        preview = preview_typed(actor=self.actor, payment_id=payment_id, requests=requests)
        return self._ask(_payment(self.actor.company_id, payment_id), preview, "apply_typed")

    def _applied(self, payment: Payment, lines: int) -> HttpResponse:
        """Back to the bench, by a GET, with what was chosen."""
        messages.success(self.request, applied_in_words(payment=payment, lines=lines))
        kept = _chosen(OptionsForm(self.request.POST))
        return HttpResponseRedirect(_address(payment, kept))

    def _ask(self, payment: Payment, preview: Preview, do: str) -> HttpResponse:
        """Exactly this, or back to what was typed."""
        kept = _chosen(OptionsForm(self.request.POST))
        kept += [
            (name, value) for name, value in self.request.POST.dict().items() if "-" in name and value.strip()
        ]
        return self.page(
            title=f"{payment.number}: what would be applied",
            template="admin/workbench/preview.html",
            **_head(payment),
            preview=preview,
            address=_address(payment, _chosen(OptionsForm(self.request.POST))),
            kept=kept,
            do=do,
            seen_name=SEEN,
        )

    def _bench(self, payment_id: UUID, data: Mapping[str, Any], boxes: Boxes | None = None) -> HttpResponse:
        boxes = boxes or Boxes()
        form = OptionsForm(data)
        options = boxes.with_shares(form.options())
        weighed = weigh_strategies(actor=self.actor, payment_id=payment_id, options=options)
        payment = weighed.payment
        found = item_rows(actor=self.actor, weighed=weighed, boxes=boxes)
        return self.page(
            title=f"Allocate {payment.number}",
            **_head(payment),
            cents=to_cents(payment.available),
            form=OptionsForm(initial=_initial(form, options)),
            options=options,
            items=found,
            hidden=len(weighed.items.obligations) - len(found),
            comparison=comparison_rows(compared=weighed.compared, chosen=options.strategy),
            refusal=weighed.refusal.message if weighed.refusal else "",
            needs_boxes=weighed.refusal is not None and weighed.refusal.code == OPTION_MISSING,
            takes_places=options.strategy == "custom_priority",
            takes_shares=options.strategy == "percentage_based",
            shares=_category_shares(weighed, boxes) if options.strategy == "percentage_based" else [],
            operations=self._operations(payment),
            obligation_url=reverse("admin:ledger_obligation_changelist"),
            is_typed=self.request.method == "POST",
            address=_address(payment, _chosen(form)),
            kept=_chosen(form),
            query=urlencode([each for each in _chosen(form) if each[0] != "strategy"]),
        )

    def _operations(self, payment: Payment) -> list[dict[str, Any]]:
        """What is applied already, each with the way to undo it."""
        may_undo = may(self.request, "payments.void_allocation")
        undo = reverse("admin:payments_payment_undo", args=[payment.id])
        bench = reverse("admin:workbench", args=[payment.id])
        zone = ZoneInfo(self.actor.company.time_zone)
        return [
            {
                "operation": each,
                "how": how_applied(each.strategy),
                "applied_at": f"{each.applied_at.astimezone(zone):%b %-d, %Y %H:%M}",
                "cash": in_words(each.cash),
                "discount": in_words(each.discount) if each.discount else "",
                "undo_url": f"{undo}?{urlencode({'operation': each.id, 'next': bench})}"
                if may_undo and each.is_undoable
                else "",
                "why_not": "partly refunded" if each.refunded else "",
            }
            for each in operations_of(payment)
            if each.live_lines
        ]


def _wanted(query: Mapping[str, str]) -> Wanted:
    page = query.get("page", "1")
    return Wanted(
        text=query.get("q", "").strip()[:60],
        owing=query.get("owing") == "1",
        page=min(int(page), _DEEPEST)
        if page.isascii() and page.isdecimal() and 0 < len(page) < 5 and int(page)
        else 1,
    )


def _page_url(wanted: Wanted, page: int) -> str:
    query = {"q": wanted.text, "owing": "1" if wanted.owing else "", "page": str(page)}
    return "?" + urlencode({name: value for name, value in query.items() if value})


def _payment(company_id: UUID, payment_id: UUID) -> Payment:
    return Payment.objects.select_related("customer").get(company_id=company_id, id=payment_id)


def _head(payment: Payment) -> dict[str, Any]:
    """What stands above the bench and above a preview."""
    applied = payment.amount - payment.unallocated - payment.refunded
    figures = [("Received", in_words(payment.amount)), ("Applied", in_words(applied))]
    if payment.refunded:
        figures.append(("Refunded", in_words(payment.refunded)))
    if payment.reserved:
        figures.append(("Reserved for refunds", in_words(payment.reserved)))
    return {
        "payment": payment,
        "method": method_label(payment.method),
        "figures": [*figures, ("Unallocated", in_words(payment.available))],
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


def _category_shares(weighed: Weighed, boxes: Boxes) -> list[tuple[str, str, str, str]]:
    """A box for each category that something is open in: code, label, what was typed, what is wrong with it."""
    present = {each.category for each in weighed.items.obligations.values()}
    return [
        (
            each.value,
            each.label,
            boxes.percents.get(each.value, ""),
            boxes.wrong.get(f"percent-{each.value}", ""),
        )
        for each in Category
        if each.value in present
    ]


def _tell(request: HttpRequest, boxes: Boxes, refusal: Refusal) -> None:
    """The refusal above the bench, and what it says of a line beside its box."""
    if refusal.code == PLAN_STALE:
        messages.error(request, _MOVED)
        return
    for error in refusal.errors:
        name = error.field.split(".")[0]
        if name.startswith(f"{AMOUNT}-"):
            boxes.wrong[name] = error.message
    if boxes.wrong:
        messages.error(request, refusal.message)
    else:
        tell(request, refusal)


def _why_not_typed(boxes: Boxes, requests: list[AllocationRequest]) -> str:
    if boxes.wrong:
        return "Correct what is marked; nothing was done."
    if not requests:
        return "Type an amount beside at least one item."
    return f"At most {MOST_LINES:,} items are allocated at once."
