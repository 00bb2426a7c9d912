"""The pages: the board, and running one job now."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from batconnect.core.console.confirmations import SEEN, Preview, confirmed, show_error
from batconnect.core.jobs.asked import may_run, request_run
from batconnect.core.jobs.schedules import Schedule, find_schedule
from batconnect.core.kernel.errors import Refusal
from batconnect.core.models import JobRun
from console.pages import ConsolePage, register_page
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
        return self.page(rows=board(actor=self.actor), headings=headings, may_edit=request.user.is_superuser)


@register_page
class RunSchedule(ConsolePage):
    """A job of the person's company, now: asked, confirmed, sent to a worker once."""

    route = "schedules/<str:name>/run/"
    url_name = "run_schedule"
    title = "Run now"
    permission = "schedules.view"
    template_name = "admin/confirm_action.html"

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """What would happen."""
        return self._ask(self._schedule(name))

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Ask for the run; a second click finds that a run was asked for since the page was shown."""
        schedule = self._schedule(name)
        if SEEN not in request.POST:
            return self._ask(schedule)
        try:
            preview = confirmed(seen=request.POST[SEEN], run=lambda: self._request(schedule))
        except Refusal as refusal:
            show_error(request, refusal)
        else:
            messages.success(request, preview.summary)
        return HttpResponseRedirect(reverse("admin:schedules"))

    def _schedule(self, name: str) -> Schedule:
        schedule = find_schedule(name)
        if schedule is None:
            raise Http404
        if not may_run(actor=self.actor, schedule=schedule):
            raise PermissionDenied
        return schedule

    def _request(self, schedule: Schedule) -> Preview:
        preview = self._preview(schedule)
        request_run(actor=self.actor, name=schedule.name)
        return preview

    def _preview(self, schedule: Schedule) -> Preview:
        """The same as long as no run of it was begun or asked for."""
        runs = JobRun.objects.filter(company_id=self.actor.company_id, task=schedule.task)
        latest = runs.order_by("-id").values_list("id", "state").first()
        return Preview(
            f"{title_of(schedule.name)} is sent to a worker, only for {self.actor.company.name}. "
            f"{description_of(schedule)}",
            state=str(latest),
        )

    def _ask(self, schedule: Schedule) -> HttpResponse:
        return self.page(
            title=f"Run now: {title_of(schedule.name)}",
            form=forms.Form(),
            preview=self._preview(schedule),
            button="Run now",
            back=reverse("admin:schedules"),
        )
