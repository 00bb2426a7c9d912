"""The page of transfers: what is on its way between own places, and cash that is carried to the bank or fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from bank.services.cash_transfers import FROM_BANK, TO_BANK, enter_cash_transfer
from bank.services.one_sided import OneSided, one_sided_transfers
from batconnect.core.companies.currencies import OFFERED
from batconnect.core.console.base import has_permission
from batconnect.core.console.confirmations import Confirmation, Preview
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.refusals import show_error, show_in_form
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from console.addresses import page_of
from console.pages import ConsolePage, register_page
from ledger import chart
from ledger.models import Account, Entry
from ledger.previews import posted_by
from ledger.treasury.models import Drawer
from ledger.treasury.services.transfers import MOVE, TRANSFER

_OFFICE: Final = "office"
_WAYS: Final = ((TO_BANK, "Out of a drawer, to the bank"), (FROM_BANK, "From the bank, into a drawer"))


class CashTransferForm(forms.Form):
    """Cash that was carried: which way, how much, out of or into which drawer, and when."""

    direction = forms.ChoiceField(label="The cash went", choices=_WAYS, widget=UnfoldAdminSelectWidget)
    amount = TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget())
    currency = forms.ChoiceField(choices=(), widget=UnfoldAdminSelectWidget)
    drawer_id = forms.ChoiceField(label="Drawer", required=False, choices=(), widget=UnfoldAdminSelectWidget)
    moved_on = DayField(label="Day")
    transfer_id = forms.ChoiceField(
        label="It meets",
        required=False,
        choices=(),
        widget=UnfoldAdminSelectWidget,
        help_text="Where several lines of the bank wait for cash of the same amount, the one that is meant.",
    )
    note = forms.CharField(max_length=400, required=False, widget=UnfoldAdminTextInputWidget())

    def __init__(self, *args: Any, actor: Actor, waiting: Sequence[OneSided], **options: Any) -> None:
        base = actor.company.base_currency
        options.setdefault("initial", {"currency": base, "moved_on": today(actor.company)})
        super().__init__(*args, **options)
        drawers = Drawer.objects.filter(company_id=actor.company_id, is_active=True).order_by(
            "currency", "code"
        )
        self._offer(
            "currency", [(each, each) for each in sorted(OFFERED, key=lambda each: (each != base, each))]
        )
        self._offer(
            "drawer_id",
            [
                ("", "My own, else the office's"),
                (_OFFICE, "The office's"),
                *((str(each.id), f"{each.name} ({each.currency})") for each in drawers),
            ],
        )
        self._offer(
            "transfer_id",
            [
                ("", "The oldest line of the bank with this amount, if there is one"),
                *((each.transfer_id, _waits(each)) for each in waiting if each.part_id is not None),
            ],
        )

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A transfer with one side, as people read it: the place's name, and where that side stands."""

    transfer: OneSided
    place: str
    address: str

    @property
    def amount(self) -> str:
        """What went, without its sign."""
        return format_amount(abs(self.transfer.amount))

    @property
    def left(self) -> bool:
        """Whether money left the place; else it arrived there."""
        return self.transfer.amount > 0


@register_page
class Transfers(ConsolePage, Confirmation[Preview]):
    """Transfers with one side, and the form of cash that was carried, for those who may move it."""

    route = "bank/transfers/"
    url_name = "bank_transfers"
    title = "Transfers"
    icon = "sync_alt"
    permission = "bank.view"
    template_name = "admin/bank/transfers.html"
    form: CashTransferForm

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, and the form."""
        self.form = CashTransferForm(actor=self.actor, waiting=self._waiting())
        return self.ask()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Enter cash that was carried."""
        if not has_permission(request, MOVE):
            raise PermissionDenied
        self.form = CashTransferForm(request.POST, actor=self.actor, waiting=self._waiting())
        return self.answer() if self.form.is_valid() else self.ask()

    def run(self) -> Preview:
        """Post the drawer's side."""
        given = dict(self.form.cleaned_data)
        named = given.pop("drawer_id")

        def enter() -> str:
            _, waits = enter_cash_transfer(
                actor=self.actor,
                office=named == _OFFICE,
                drawer_id=UUID(named) if named and named != _OFFICE else None,
                **given,
            )
            went = "are taken to the bank" if given["direction"] == TO_BANK else "are fetched from the bank"
            then = "They wait for the bank's line." if waits else "The bank's line of it is there."
            return f"{format_amount(given['amount'])} {given['currency']} {went}. {then}"

        return replace(posted_by(actor=self.actor, run=enter), state=_before(self.actor))

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """The list, and the form as it was typed."""
        if refusal is not None:
            show_in_form(self.form, refusal)
        names = _names(self.actor)
        return self.page(
            rows=[_shown(each, names) for each in self._waiting()],
            form=self.form if has_permission(self.request, MOVE) else None,
            desk=reverse("admin:bank_desk"),
        )

    def show(self, outcome: Preview) -> HttpResponse:
        """What would be posted."""
        return self.page(
            title="Cash carried",
            template="admin/confirm_action.html",
            form=self.form,
            preview=outcome,
            button="enter it",
            back=self.request.path,
        )

    def done(self, outcome: Preview) -> HttpResponse:
        """The list again."""
        messages.success(self.request, outcome.summary)
        return HttpResponseRedirect(self.request.path)

    def refuse(self, refusal: Refusal) -> HttpResponse:
        """The list as it is now."""
        show_error(self.request, refusal)
        return HttpResponseRedirect(self.request.path)

    def _waiting(self) -> Sequence[OneSided]:
        return one_sided_transfers(actor=self.actor)


def _before(actor: Actor) -> str:
    """The transfer of cash before the one just entered: a second click finds that one there, and is refused."""
    entries = Entry.objects.filter(company_id=actor.company_id, source_type=TRANSFER, reverses__isnull=True)
    return " ".join(str(each) for each in entries.order_by("-id").values_list("id", flat=True)[1:2])


def _waits(transfer: OneSided) -> str:
    what = "paid in" if transfer.amount < 0 else "taken out"
    return f"{format_amount(abs(transfer.amount))} {transfer.currency} {what} on {date_format(transfer.day)}"


def _names(actor: Actor) -> dict[str, str]:
    """What the accounts of banks and drawers are called."""
    rows = Account.objects.filter(company_id=actor.company_id)
    named = rows.filter(code__startswith="bank:") | rows.filter(code__startswith="cash:")
    return dict(named.values_list("code", "name"))


def _shown(transfer: OneSided, names: dict[str, str]) -> OnItsWay:
    office = "Office" if transfer.place == chart.cash("cash") else ""
    if transfer.part_id is not None:
        address = page_of("bank.LinePart", transfer.part_id)
    else:
        address = page_of("ledger.Entry", transfer.entry_id)
    return OnItsWay(transfer, office or names.get(transfer.place, transfer.place), address)
