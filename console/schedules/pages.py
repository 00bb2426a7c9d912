"""The pages: the board, and running one job now."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from batconnect.core.console.confirmations import Confirmation, Preview
from batconnect.core.console.refusals import show_error
from batconnect.core.jobs.asked import may_run, request_run
from batconnect.core.jobs.schedules import Schedule, find_schedule
from batconnect.core.kernel.errors import Refusal
from batconnect.core.models import JobRun
from console.pages import ConsolePage, register_page
from console.schedules.own import own_rows
from console.schedules.queries import board, description_of, title_of


@register_page
class ScheduleBoard(ConsolePage):
    """Every schedule with its last and next run."""

    route = "schedules/"
    url_name = "schedules"
    title = "Schedules"
    icon = "schedule"
    permission = "schedules.view"
    template_name = "admin/schedules/board.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The board."""
        headings = ("Schedule", "Runs", "Next", "Last run", "Result")
        return self.page(
            own=own_rows(self.actor),
            own_headings=("Job", "Runs", "Next three runs"),
            may_change=self.actor.can("schedules.change"),
            rows=board(actor=self.actor),
            headings=headings,
            may_edit=request.user.is_superuser,
        )


@register_page
class RunSchedule(ConsolePage, Confirmation[Preview]):
    """A job of the person's company, now: asked, confirmed, sent to a worker once."""

    route = "schedules/<str:name>/run/"
    url_name = "run_schedule"
    title = "Run now"
    permission = "schedules.view"
    template_name = "admin/confirm_action.html"
    schedule: Schedule

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """What would happen."""
        self.schedule = self._schedule(name)
        return self.check()

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Ask for the run; a second click finds that a run was asked for since the page was shown."""
        self.schedule = self._schedule(name)
        return self.answer()

    def run(self) -> Preview:
        """Ask for it; the outcome is the same as long as no run of it was begun or asked for."""
        runs = JobRun.objects.filter(company_id=self.actor.company_id, task=self.schedule.task)
        latest = runs.order_by("-id").values_list("id", "state").first()
        request_run(actor=self.actor, name=self.schedule.name)
        return Preview(
            f"{title_of(self.schedule.name)} is sent to a worker, only for {self.actor.company.name}. "
            f"{description_of(self.schedule)}",
            state=str(latest),
        )

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """There is no form: what is refused is told on the board."""
        if refusal is not None:
            show_error(self.request, refusal)
        return HttpResponseRedirect(reverse("admin:schedules"))

    def show(self, outcome: Preview) -> HttpResponse:
        return self.page(
            title=f"Run now: {title_of(self.schedule.name)}",
            form=forms.Form(),
            preview=outcome,
            button="Run now",
            back=reverse("admin:schedules"),
        )

    def done(self, outcome: Preview) -> HttpResponse:
        messages.success(self.request, outcome.summary)
        return HttpResponseRedirect(reverse("admin:schedules"))

    def refuse(self, refusal: Refusal) -> HttpResponse:
        return self.ask(refusal)

    def _schedule(self, name: str) -> Schedule:
        schedule = find_schedule(name)
        if schedule is None:
            raise Http404
        if not may_run(actor=self.actor, schedule=schedule):
            raise PermissionDenied
        return schedule
