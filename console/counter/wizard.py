"""A wizard of the counter: find the driver, fill in the form, review what would happen, confirm, see it done.

The address keeps only whom it is about and the form's key. Everything typed waits in the session, so that every page
but the confirmation is fetched by GET: going back and reloading never ask to send something again.
"""

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
from batconnect.core.console.counter_forms import CounterForm
from batconnect.core.console.refusals import show_in_form
from batconnect.core.kernel.errors import Conflict, NotFound, Refusal
from console.counter.drafts import (
    do_once,
    drop_draft,
    find_done,
    find_draft,
    keep_draft,
    new_key,
    read_key,
)
from console.counter.payers import SHORTEST_TEXT, Payer, find_customers, find_drivers, find_payer
from console.counter.results import Result
from console.pages import ConsolePage

_MOVED: Final = (
    "Something has changed since you looked, so nothing has been written. The figures below are the new ones; "
    "what you typed is still there."
)
_FORGOTTEN: Final = "Nothing has been written yet. Check what you typed again."


class Wizard(ConsolePage, Confirmation[Result]):
    """One thing that is done at the counter; a subclass says what is typed and, by `run`, what it results in.

    While a payer is chosen, `data` is what was typed under the form's `key`; nothing when `is_kept` is False.
    """

    permissions: ClassVar[tuple[str, ...]]
    form_template: ClassVar[str]
    check_template: ClassVar[str]
    template_name = "admin/counter/find.html"
    done_now: ClassVar[str]
    done_before: ClassVar[str]
    needs_lease: ClassVar[bool] = True
    moved = _MOVED
    payer: Payer
    key: UUID
    data: dict[str, str]
    is_kept: bool

    @classmethod
    def lets_in(cls, request: HttpRequest) -> bool:
        """Whether the actor may do it: every right that the API's steps ask for."""
        return all(has_permission(request, permission) for permission in cls.permissions)

    @abstractmethod
    def make_form(self, payer: Payer, data: dict[str, str] | None) -> CounterForm:
        """The form, empty or as typed."""

    @abstractmethod
    def typed(self) -> dict[str, str]:
        """What the request's form holds."""

    def more(self, payer: Payer, form: CounterForm, data: Mapping[str, str]) -> dict[str, Any]:
        """Further values for the form's page."""
        return {}

    def first_lease(self, payer: Payer) -> str:
        """The lease that the form begins with: the only one, or none of several."""
        return str(payer.leases[0].pk) if len(payer.leases) == 1 else ""

    def more_to_check(self, result: Result) -> dict[str, Any]:
        """Further values for the confirmation."""
        return {}

    def get(self, request: HttpRequest) -> HttpResponse:
        """The search, the form, or the confirmation of what was typed."""
        if (elsewhere := self._begin(request.GET)) is not None:
            return elsewhere
        if not self.is_kept:
            self.key = new_key()
        return self.check() if self.is_kept and "check" in request.GET else self.ask()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep what was typed and show what would happen, or carry it out."""
        if (elsewhere := self._begin(request.POST)) is not None:
            return elsewhere
        if SEEN not in request.POST:
            keep_draft(request, actor=self.actor, wizard=self.url_name, key=self.key, data=self.typed())
            return HttpResponseRedirect(self._address(draft=self.key, check=1))
        if not self.is_kept:
            messages.warning(request, _FORGOTTEN)
            return HttpResponseRedirect(self._address())
        return self.confirm()

    def _begin(self, sent: Mapping[str, str]) -> HttpResponse | None:
        """Find out whom it is about and what was typed; where to go instead, if there is no payer or it is done."""
        payer = self._payer()
        if payer is None:
            return self._find()
        key = read_key(sent.get("draft"))
        if (made := find_done(actor=self.actor, wizard=self.url_name, key=key)) is not None:
            messages.info(self.request, self.done_before)
            return HttpResponseRedirect(made)
        data = find_draft(self.request, actor=self.actor, wizard=self.url_name, key=key)
        self.payer, self.key, self.data, self.is_kept = payer, key or new_key(), data or {}, data is not None
        return None

    def commit(self) -> Result:
        """Once by the form's key: a second click finds what the first one made."""
        made: list[Result] = []

        def work() -> str:
            made.append(super(Wizard, self).commit())
            return made[0].address

        address, _ = do_once(actor=self.actor, wizard=self.url_name, key=self.key, work=work)
        return made[0] if made else Result(address=address, seen=(), is_repeated=True)

    def done(self, outcome: Result) -> HttpResponse:
        """On to what was made."""
        drop_draft(self.request, key=self.key)
        if outcome.is_repeated:
            messages.info(self.request, self.done_before)
        else:
            messages.success(self.request, outcome.waits or self.done_now)
        return HttpResponseRedirect(outcome.address)

    def refuse(self, refusal: Refusal) -> HttpResponse:
        """To the confirmation as it is now, or the form with the reasons."""
        messages.warning(self.request, refusal.message if isinstance(refusal, Conflict) else _MOVED)
        return HttpResponseRedirect(self._address(draft=self.key, check=1))

    def show(self, outcome: Result) -> HttpResponse:
        """What would happen."""
        return self.page(
            template=self.check_template,
            title=f"{self.title}: check",
            **self._common(),
            result=outcome,
            data=self.data,
            form=self.make_form(self.payer, self.data),
            back=self._address(draft=self.key),
            **self.more_to_check(outcome),
        )

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """The form, empty or as typed."""
        form = self.make_form(self.payer, self.data if self.is_kept else None)
        if refusal is not None:
            show_in_form(form, refusal)
        return self.page(
            template=self.form_template,
            **self._common(),
            form=form,
            chosen_lease=self.data.get("lease", "") if self.is_kept else self.first_lease(self.payer),
            is_typed=self.is_kept,
            address=self._address(),
            **self.more(self.payer, form, self.data),
        )

    def _common(self) -> dict[str, Any]:
        return {
            "payer": self.payer,
            "key": self.key,
            "wizard": self.url_name,
            "owner": f"{self.actor.company_id}:{self.actor.user_id}",
            "currency": self.actor.company.base_currency,
            "search": reverse(f"admin:{self.url_name}"),
        }

    def _payer(self) -> Payer | None:
        query = self.request.GET
        if not (query.get("driver") or query.get("customer")):
            return None
        try:
            payer = find_payer(
                actor=self.actor, driver=query.get("driver", ""), customer=query.get("customer", "")
            )
        except NotFound as unknown:
            self.complaint = unknown.message
            return None
        if self.needs_lease and not payer.leases:
            self.complaint = (
                f"{payer.customer.name} does not drive on any active lease: choose somebody who does."
            )
            return None
        return payer

    complaint: str = ""

    def _find(self) -> HttpResponse:
        """The search; where exactly one driver is meant, their form."""
        query = self.request.GET
        text = query.get("q", "")
        drivers = find_drivers(actor=self.actor, text=text)
        customers = [] if self.needs_lease else find_customers(actor=self.actor, text=text)
        is_part = "part" in query
        if not is_part and len(drivers) + len(customers) == 1 and not self.complaint:
            only = {"driver": drivers[0].driver.pk} if drivers else {"customer": customers[0].customer.pk}
            return HttpResponseRedirect(f"{self.request.path}?{urlencode(only)}")
        return self.page(
            template="admin/counter/found.html" if is_part else "",
            status=404 if self.complaint else 200,
            drivers=drivers,
            customers=customers,
            text=text,
            is_searched=len(text.strip()) >= SHORTEST_TEXT,
            complaint=self.complaint,
            needs_lease=self.needs_lease,
            search=self.request.path,
            currency=self.actor.company.base_currency,
        )

    def _address(self, **query: object) -> str:
        more = f"&{urlencode(query)}" if query else ""
        return f"{reverse(f'admin:{self.url_name}')}?{self.payer.query}{more}"
