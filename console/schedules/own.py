"""The jobs that the company times for itself: shown on the board, changed on a page of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from batconnect.core.console.counter_forms import CounterForm, choice_field, text_field
from batconnect.core.console.refusals import show_in_form
from batconnect.core.jobs.company_jobs import find_company_job
from batconnect.core.jobs.own_times import JobTime, change_job, find_job_time, job_times
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, Refusal
from batconnect.core.kernel.recurrence import DAY_NAMES, EVERY_DAY, offered_time_zones, weekday_of
from batconnect.core.kernel.words import format_day
from console.pages import ConsolePage, register_page

_DAYS = [(EVERY_DAY, "Every day"), *((day, f"{day.capitalize()}s") for day in DAY_NAMES)]
_MOVED = "{who} changed this while the page was open: it is {words} now. Look at it again."


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A job as the board shows it; `next_runs` on the clock of its zone."""

    described: JobTime
    next_runs: tuple[datetime, ...]


def own_rows(actor: Actor) -> list[OwnRow]:
    """The company's jobs, by title."""
    return [_row(each) for each in job_times(actor=actor)]


def _row(described: JobTime) -> OwnRow:
    zone = ZoneInfo(described.time.time_zone)
    return OwnRow(described, tuple(each.astimezone(zone) for each in described.next_runs()))


class TimeForm(CounterForm):
    """Day, hour and zone of a job, and whether it is paused; the service says what is wrong."""

    day = choice_field("Day", _DAYS)
    time = text_field("Time", type="time", step="900", help_text="At a quarter of an hour.")
    time_zone = choice_field("Time zone", [(name, name.replace("_", " ")) for name in offered_time_zones()])
    is_paused = forms.BooleanField(
        required=False,
        label="Paused",
        widget=UnfoldBooleanWidget,
        help_text="It does not run until somebody takes this tick away. A run that has begun goes on.",
    )
    reason = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "maxlength": 500}),
        help_text="To pause it: why, in 10 to 500 characters, kept permanently.",
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)


@register_page
class ChangeSchedule(ConsolePage):
    """When one of the company's jobs runs: changed, paused and resumed at once, without a further page."""

    route = "schedules/<str:code>/time/"
    url_name = "change_schedule"
    title = "Change when it runs"
    permission = "schedules.change"
    template_name = "admin/schedules/change.html"

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """The form as it is now."""
        described = self._described(code)
        time = described.time
        initial = {
            "day": time.day,
            "time": f"{time.at:%H:%M}",
            "time_zone": time.time_zone,
            "is_paused": described.is_paused,
            "reason": described.pause_reason,
            "version": str(described.version),
        }
        return self._show(described, TimeForm(initial=initial))

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """Change it, unless somebody did since the form was opened."""
        described = self._described(code)
        form = TimeForm(TimeForm.typed(request.POST))
        try:
            changed = change_job(
                actor=self.actor,
                code=code,
                values=_values(form.data),
                check=lambda current: _require_version(current, form.data["version"]),
            )
        except Refusal as refusal:
            show_in_form(form, refusal)
            return self._show(described, form)
        messages.success(request, _sentence(changed))
        return HttpResponseRedirect(reverse("admin:schedules"))

    def _described(self, code: str) -> JobTime:
        if find_company_job(code) is None:
            raise Http404
        return find_job_time(actor=self.actor, code=code)

    def _show(self, described: JobTime, form: TimeForm) -> HttpResponse:
        if described.job.is_weekly:
            form.fields["day"].widget.choices = _DAYS[1:]
        return self.page(
            title=f"When it runs: {described.job.title}",
            row=_row(described),
            form=form,
            back=reverse("admin:schedules"),
        )


def _values(typed: Any) -> dict[str, Any]:
    """What was typed as the service takes it. Raises InvalidInput for a day or a time that is not one."""
    day = typed["day"]
    if day not in dict(_DAYS):
        raise InvalidInput("Choose a day.", field="day")
    try:
        at = datetime.strptime(typed["time"], "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone yet
    except ValueError as error:
        raise InvalidInput("Write the time as 05:00, or choose it.", field="time") from error
    return {
        "weekday": weekday_of(day),
        "at": time(at.hour, at.minute),
        "time_zone": typed["time_zone"],
        "is_paused": bool(typed["is_paused"]),
        "reason": typed["reason"],
    }


def _require_version(current: JobTime, seen: str) -> None:
    if seen != str(current.version):
        raise Conflict(_MOVED.format(who=current.changed_by, words=current.time.describe()))


def _sentence(changed: JobTime) -> str:
    title, words = changed.job.title, changed.time.describe()
    if changed.is_paused:
        return f"{title} is paused: {changed.pause_reason} When it is resumed: {changed.job.when_resumed}"
    (first,) = _row(changed).next_runs[:1]
    return f"{title}: {words}. It runs next on {first:%A}, {format_day(first)} at {first:%H:%M}."
