"""The counter's day on one page: the drawer that is open, its count, and the slips that go to the bank."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from bank.models import DepositSlip, DrawerSession
from bank.querysets.counter import checks_for_slips, name_of
from bank.services.counting import RIGHT
from bank.services.slips import RIGHT as DEPOSIT
from batconnect.core.console.base import has_permission
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, format_amount
from console.addresses import page_of
from console.pages import ConsolePage, register_page
from ledger.treasury.models import BankAccount, Drawer

_COUNTS: Final = 5
_SLIPS: Final = 20
_Status = DrawerSession.Status


@dataclass(frozen=True, slots=True)
class ToOpen:
    """A drawer that can be opened: its currency, and the way to do it."""

    currency: str
    address: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One method of a count: what was expected, counted, and the difference."""

    method: str
    expected: Decimal
    counted: Decimal

    @property
    def difference(self) -> str:
        """Counted less expected."""
        return format_amount(self.counted - self.expected)


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a drawer with the ways from it, and what was counted by method."""

    row: DrawerSession
    name: str
    page: str
    count: str

    @property
    def is_open(self) -> bool:
        """Whether it is still to be counted."""
        return bool(self.row.status == _Status.OPEN)

    @property
    def methods(self) -> list[Checked]:
        """Cash and checks."""
        row = self.row
        return [
            Checked("Cash", row.expected or ZERO, row.counted or ZERO),
            Checked("Checks", row.checks_expected_amount or ZERO, row.checks_counted_amount or ZERO),
        ]


@dataclass(frozen=True, slots=True)
class ChecksHere:
    """Checks of a currency that lie on no slip, and the way to make one up."""

    currency: str
    count: int
    amount: str
    address: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip, and what may be done with it."""

    row: DepositSlip
    page: str
    close: str
    printed: str


@register_page
class CounterDay(ConsolePage):
    """Open the drawer, count it, make up the slip, hand it over."""

    route = "counter/drawer/"
    url_name = "counter_day"
    title = "Drawer and deposits"
    icon = "lock_open"
    permission = RIGHT
    template_name = "admin/counter/day.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """How things stand."""
        may_deposit = has_permission(request, DEPOSIT)
        sessions = self._sessions()
        return self.page(
            live=[each for each in sessions if each.row.status != _Status.COUNTED],
            counted=[each for each in sessions if each.row.status == _Status.COUNTED],
            to_open=self._to_open(),
            checks=self._checks() if may_deposit else [],
            slips=self._slips() if may_deposit else [],
            may_deposit=may_deposit,
        )

    def _sessions(self) -> list[Session]:
        """The actor's own that are open or wait, and the last that were counted."""
        rows = DrawerSession.objects.filter(company_id=self.actor.company_id, holder_id=self.actor.user_id)
        rows = rows.select_related("drawer").order_by("-opened_on", "-id")
        live = list(rows.exclude(status=_Status.COUNTED))
        return [self._session(each) for each in [*live, *rows.filter(status=_Status.COUNTED)[:_COUNTS]]]

    def _session(self, row: DrawerSession) -> Session:
        count = reverse("admin:bank_drawersession_count", args=[row.pk])
        return Session(row, name_of(row.drawer), page_of("bank.DrawerSession", row.pk), self._and_back(count))

    def _to_open(self) -> list[ToOpen]:
        """A drawer of each currency that the company handles, where the actor has none open."""
        busy = _busy(self.actor)
        path = reverse("admin:bank_drawersession_open_till")
        return [
            ToOpen(each, self._and_back(path, currency=each))
            for each in currencies_here(self.actor)
            if each not in busy
        ]

    def _checks(self) -> list[ChecksHere]:
        path = reverse("admin:bank_depositslip_make")
        shown = []
        for each in currencies_here(self.actor):
            rows = checks_for_slips(company_id=self.actor.company_id, currency=each)
            sums = rows.aggregate(n=Count("id"), total=Sum("amount"))
            total = format_amount(sums["total"] or ZERO)
            shown.append(ChecksHere(each, sums["n"], total, self._and_back(path, currency=each)))
        return shown

    def _slips(self) -> list[Slip]:
        """Drafts, and what was closed today."""
        rows = DepositSlip.objects.filter(company_id=self.actor.company_id).select_related("bank_account")
        here = Q(status=DepositSlip.Status.DRAFT) | Q(closed_on=today(self.actor.company))
        return [
            Slip(
                each,
                page_of("bank.DepositSlip", each.pk),
                self._and_back(reverse("admin:bank_depositslip_close", args=[each.pk]))
                if each.status == DepositSlip.Status.DRAFT
                else "",
                reverse("admin:bank_depositslip_print", args=[each.pk]),
            )
            for each in rows.filter(here).order_by("-number_order")[:_SLIPS]
        ]

    def _and_back(self, path: str, **values: str) -> str:
        return f"{path}?{urlencode({**values, 'next': self.request.path})}"


def currencies_here(actor: Actor) -> list[str]:
    """The company's own currency, and those of its drawers and bank accounts that are in use."""
    there: set[str] = set()
    for rows in (Drawer.objects.all(), BankAccount.objects.all()):
        used = rows.filter(company_id=actor.company_id, is_active=True)
        there |= set(used.order_by().values_list("currency", flat=True).distinct())
    base = actor.company.base_currency
    return [base, *sorted(there - {base})]


def _busy(actor: Actor) -> set[str]:
    """Currencies in which the actor's drawer, or the office's where there is none, is open already."""
    own = Drawer.objects.filter(company_id=actor.company_id, holder=actor.user_id, is_active=True)
    mine = dict(own.values_list("currency", "id"))
    live = DrawerSession.objects.filter(company_id=actor.company_id).exclude(status=_Status.COUNTED)
    return {
        currency
        for currency, drawer in live.values_list("currency", "drawer")
        if drawer == mine.get(currency)
    }
