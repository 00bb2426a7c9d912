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
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from batconnect.core.console.base import has_permission
from batconnect.core.database.faults import is_busy
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
from console.counter.fields import CounterForm
from console.counter.payers import SHORTEST_TEXT, Payer, find_drivers, find_payer
from console.counter.results import Result
from console.pages import ConsolePage

_MOVED: Final = (
    "Something has changed since you looked, so nothing has been written. The figures below are the new ones; "
    "what you typed is still there."
)
_BUSY: Final = "Somebody else is working on the same items right now. Nothing has been written; try again."
_FORGOTTEN: Final = "Nothing has been written yet. Check what you typed again."


class Wizard(ConsolePage):
    """One thing that is done at the counter; a subclass says what is typed and what it results in."""

    permissions: ClassVar[tuple[str, ...]]
    form_template: ClassVar[str]
    check_template: ClassVar[str]
    template_name = "admin/counter/find.html"
    done_now: ClassVar[str]
    done_before: ClassVar[str]
    needs_lease: ClassVar[bool] = True

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

    @abstractmethod
    def carry_out(self, payer: Payer, data: Mapping[str, str]) -> Result:
        """Do it by the services. Raises any Refusal."""

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
        payer = self._payer()
        if payer is None:
            return self._find()
        key = read_key(request.GET.get("draft"))
        if (made := find_done(actor=self.actor, wizard=self.url_name, key=key)) is not None:
            messages.info(request, self.done_before)
            return HttpResponseRedirect(made)
        data = find_draft(request, actor=self.actor, wizard=self.url_name, key=key)
        if key is None or data is None:
            return self._show_form(payer, new_key(), None)
        return self._check(payer, key, data) if "check" in request.GET else self._show_form(payer, key, data)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep what was typed and show what would happen, or carry it out."""
        payer = self._payer()
        if payer is None:
            return self._find()
        key = read_key(request.POST.get("draft")) or new_key()
        if (made := find_done(actor=self.actor, wizard=self.url_name, key=key)) is not None:
            messages.info(request, self.done_before)
            return HttpResponseRedirect(made)
        if "seen" in request.POST:
            return self._confirm(payer, key)
        keep_draft(request, actor=self.actor, wizard=self.url_name, key=key, data=self.typed())
        return HttpResponseRedirect(self._address(payer, draft=key, check=1))

    def _confirm(self, payer: Payer, key: UUID) -> HttpResponse:
        request = self.request
        data = find_draft(request, actor=self.actor, wizard=self.url_name, key=key)
        if data is None:
            messages.warning(request, _FORGOTTEN)
            return HttpResponseRedirect(self._address(payer))

        waits: list[str] = []

        def work() -> str:
            result = self.carry_out(payer, data)
            waits.append(result.waits)
            if not constant_time_compare(result.digest, request.POST["seen"]):
                raise Conflict(_MOVED)
            return result.address

        try:
            address, now = do_once(actor=self.actor, wizard=self.url_name, key=key, work=work)
        except Refusal as refusal:
            messages.warning(request, refusal.message if isinstance(refusal, Conflict) else _MOVED)
            return HttpResponseRedirect(self._address(payer, draft=key, check=1))
        except OperationalError as error:
            if not is_busy(error):
                raise
            messages.warning(request, _BUSY)
            return HttpResponseRedirect(self._address(payer, draft=key, check=1))
        drop_draft(request, key=key)
        done_now = next((each for each in waits if each), self.done_now)
        messages.add_message(
            request, messages.SUCCESS if now else messages.INFO, done_now if now else self.done_before
        )
        return HttpResponseRedirect(address)

    def _check(self, payer: Payer, key: UUID, data: dict[str, str]) -> HttpResponse:
        """What would happen: it is carried out and taken back. Refused, it is the form with the reasons."""
        try:
            with transaction.atomic():
                result = self.carry_out(payer, data)
                transaction.set_rollback(True)
        except Refusal as refusal:
            return self._show_form(payer, key, data, refusal)
        except OperationalError as error:
            if not is_busy(error):
                raise
            return self._show_form(payer, key, data, Conflict(_BUSY))
        return self.page(
            template=self.check_template,
            title=f"{self.title}: check",
            **self._common(payer, key),
            result=result,
            data=data,
            form=self.make_form(payer, data),
            back=self._address(payer, draft=key),
            **self.more_to_check(result),
        )

    def _show_form(
        self, payer: Payer, key: UUID, data: dict[str, str] | None, refusal: Refusal | None = None
    ) -> HttpResponse:
        form = self.make_form(payer, data)
        if refusal is not None:
            form.show_error(refusal)
        return self.page(
            template=self.form_template,
            **self._common(payer, key),
            form=form,
            chosen_lease=data.get("lease", "") if data is not None else self.first_lease(payer),
            is_typed=data is not None,
            address=self._address(payer),
            **self.more(payer, form, data or {}),
        )

    def _common(self, payer: Payer, key: UUID) -> dict[str, Any]:
        return {
            "payer": payer,
            "key": key,
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
        is_part = "part" in query
        if not is_part and len(drivers) == 1 and not self.complaint:
            return HttpResponseRedirect(f"{self.request.path}?{urlencode({'driver': drivers[0].driver.pk})}")
        return self.page(
            template="admin/counter/found.html" if is_part else "",
            status=404 if self.complaint else 200,
            drivers=drivers,
            text=text,
            is_searched=len(text.strip()) >= SHORTEST_TEXT,
            complaint=self.complaint,
            needs_lease=self.needs_lease,
            search=self.request.path,
            currency=self.actor.company.base_currency,
        )

    def _address(self, payer: Payer, **query: object) -> str:
        more = f"&{urlencode(query)}" if query else ""
        return f"{reverse(f'admin:{self.url_name}')}?{payer.query}{more}"
