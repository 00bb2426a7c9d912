"""The desk: rows of agencies that wait, with whom they may belong to; one or several are assigned at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from agencies.models import AgencyChange, AgencyRow
from agencies.services.assigning import RIGHT, assign_rows
from agencies.services.proposing import propose_for
from batconnect.core.console.confirmations import SEEN, Confirmation, Preview
from batconnect.core.console.refusals import show_error, show_in_form
from batconnect.core.kernel.errors import InvalidInput, Refusal
from batconnect.directory.models import Driver, Lease
from console.agencies.forms import DeskForm, NarrowForm
from console.pages import ConsolePage, register_page
from ledger.previews import posted_by

_SHOWN: Final = 50
_ROWS: Final = "rows"


@register_page
class RowsToAssign(ConsolePage, Confirmation[Preview]):
    """Rows that wait, oldest first, each with proposals; the chosen ones go to one lease and driver."""

    route = "agencies/desk/"
    url_name = "agency_desk"
    title = "Rows to assign"
    icon = "inbox"
    permission = "agencies.view"
    template_name = "admin/agencies/desk.html"
    form: DeskForm

    def get(self, request: HttpRequest) -> HttpResponse:
        """The rows that wait."""
        self.form = DeskForm(initial=self._proposed())
        return self.ask()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Assign the chosen rows: a preview first, then what was seen."""
        self.actor.require(RIGHT)
        self.form = DeskForm(request.POST)
        return self.answer() if self.form.is_valid() else self.ask()

    def run(self) -> Preview:
        """Assign them."""
        rows = self._chosen()
        if not rows:
            raise InvalidInput("Choose the rows that you assign.")
        lease, driver = self._named()
        values = self.form.cleaned_data

        def assign() -> str:
            done = assign_rows(
                actor=self.actor,
                rows=rows,
                lease_id=lease.pk,
                driver_id=driver.pk,
                remember_marks=values["remember"],
                reason=values["reason"],
            )
            told = (
                f" Remembered: {', '.join(str(each) for each in done.remembered)}." if done.remembered else ""
            )
            left = f" {len(done.waiting)} wait again." if done.waiting else ""
            count = len(done.done)
            return f"{count} row{'' if count == 1 else 's'} of {driver} on {lease}.{told}{left}"

        return posted_by(actor=self.actor, run=assign)

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """The rows, with the form."""
        if refusal is not None:
            show_in_form(self.form, refusal)
        narrow = NarrowForm(self.request.GET)
        waiting = self._waiting(narrow)
        shown = list(waiting.select_related("import_file")[:_SHOWN])
        proposals = propose_for(actor=self.actor, rows=shown)
        chosen = set(self._chosen())
        return self.page(
            rows=[(row, proposals.get(row.id, []), row.id in chosen) for row in shown],
            more=max(waiting.count() - len(shown), 0),
            form=self.form,
            narrow=narrow,
            may_assign=self.actor.can(RIGHT),
            changes=AgencyChange.objects.filter(
                company_id=self.actor.company_id, status=AgencyChange.Status.OPEN
            ).count(),
            changes_url=f"{reverse('admin:agencies_agencychange_changelist')}?status__exact=open",
        )

    def show(self, outcome: Preview) -> HttpResponse:
        """What would be posted."""
        kept = [(name, value) for name, value in self.form.data.items() if name in self.form.fields]
        return self.page(
            template="admin/agencies/desk_check.html",
            preview=outcome,
            kept=[*kept, *((_ROWS, str(each)) for each in self._chosen())],
            seen_name=SEEN,
        )

    def done(self, outcome: Preview) -> HttpResponse:
        """Back to what still waits."""
        messages.success(self.request, outcome.summary)
        return HttpResponseRedirect(self.request.get_full_path())

    def refuse(self, refusal: Refusal) -> HttpResponse:
        """The rows as they are now."""
        show_error(self.request, refusal)
        return HttpResponseRedirect(self.request.get_full_path())

    def _waiting(self, narrow: NarrowForm) -> QuerySet[AgencyRow]:
        rows = AgencyRow.objects.filter(company_id=self.actor.company_id, state=AgencyRow.State.WAITING)
        wanted: dict[str, Any] = narrow.cleaned_data if narrow.is_valid() else {}
        for name in ("kind", "why"):
            if wanted.get(name):
                rows = rows.filter(**{name: wanted[name]})
        if text := wanted.get("q", "").strip().upper():
            rows = rows.filter(
                Q(reference__startswith=wanted["q"].strip())
                | Q(plate__startswith=text)
                | Q(tag__startswith=text.lstrip("0"))
                | Q(medallion__startswith=text)
                | Q(license__startswith=text.lstrip("0"))
            )
        if import_id := _uuid(self.request.GET.get("import", "")):
            rows = rows.filter(import_file=import_id)
        return rows.order_by("day", "id")

    def _chosen(self) -> Sequence[UUID]:
        found = [_uuid(each) for each in self.request.POST.getlist(_ROWS)]
        return [each for each in dict.fromkeys(found) if each is not None]

    def _named(self) -> tuple[Lease, Driver]:
        values = self.form.cleaned_data
        company = self.actor.company_id
        lease = Lease.objects.filter(company_id=company, lease_id__iexact=values["lease"].strip()).first()
        if lease is None:
            raise InvalidInput(f"There is no lease {values['lease'][:20]}.", field="lease")
        said = values["driver"].strip()
        driver = (
            Driver.objects.select_related("customer")
            .filter(Q(driver_id__iexact=said) | Q(tlc_license=said), company_id=company)
            .first()
        )
        if driver is None:
            raise InvalidInput(f"There is no driver {said[:20]}.", field="driver")
        return lease, driver

    def _proposed(self) -> dict[str, str]:
        """What a proposal's link says: the lease and driver to begin with."""
        return {name: self.request.GET.get(name, "")[:20] for name in ("lease", "driver")}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
