"""When the company's own jobs run: read, changed, paused and resumed (docs/domain.md#schedules)."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import Answer, Choice, Flag, Instant, Listed, Text, Whole
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import etag, require_match
from batconnect.core.api.fields import LabeledChoice, StrictBoolean, StrictSerializer
from batconnect.core.api.schema import documented
from batconnect.core.jobs.own_times import LONGEST_REASON, JobTime, change_job, find_job_time, job_times
from batconnect.core.kernel.recurrence import DAY_NAMES, EVERY_DAY, weekday_of

TAGS: Final = ("Schedules",)
_DAYS: Final = (EVERY_DAY, *DAY_NAMES)


class ScheduleRow(Answer):
    """A job of the company with the day, the hour and the zone that it runs at."""

    job = Text("weekly_run")
    title = Text("The weekly run")
    description = Text(
        "Lease fees, repairs and loans are posted, then the week's DTRs are made, always in this order."
    )
    words = Text("Sundays at 05:00, New York")
    day = Choice(_DAYS, "sunday")
    time = Text("05:00")
    time_zone = Text("America/New_York")
    is_usual = Flag(True, help_text="Nobody has changed it: it runs as for every company.")
    is_paused = Flag()
    pause_reason = Text()
    paused_at = Instant(null=True)
    next_runs = Listed(Instant(), help_text="The next three; none while it is paused.")
    changed_by = Text()
    changed_at = Instant(null=True)
    version = Whole(0)


class ScheduleList(Answer):
    """Every job that companies time for themselves."""

    schedules = Listed(ScheduleRow)


@extend_schema_field({"type": "string", "pattern": r"^\d\d:\d\d$"})
class ClockTime(serializers.TimeField):
    """A time on the clock, 06:30. OpenAPI's own format of a time has seconds and a zone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%H:%M"], **options)


class ScheduleChange(StrictSerializer):
    """What is to change; what is left out stays."""

    day = LabeledChoice([(day, day.replace("_", " ").capitalize()) for day in _DAYS], required=False)
    time = ClockTime(required=False, help_text="HH:MM, at a quarter of an hour.")
    time_zone = serializers.CharField(max_length=60, required=False)
    is_paused = StrictBoolean(required=False)
    reason = serializers.CharField(max_length=LONGEST_REASON, required=False, allow_blank=True)


class SchedulesView(CompanyView):
    """`GET /api/schedules`."""

    required_permission = {"GET": "schedules.view"}

    @documented("When the company's jobs run", tags=TAGS, response=ScheduleList)
    def get(self, request: Request) -> Response:
        return Response({"schedules": [_document(each) for each in job_times(actor=self.actor)]})


class ScheduleView(CompanyView):
    """`/api/schedules/{job}`."""

    required_permission = {"GET": "schedules.view", "PATCH": "schedules.change"}

    @documented("When one job runs", tags=TAGS, response=ScheduleRow)
    def get(self, request: Request, job: str) -> Response:
        return _answer(find_job_time(actor=self.actor, code=job))

    @documented(
        "Change when a job runs, pause or resume it",
        tags=TAGS,
        request=ScheduleChange,
        request_example={"day": "monday", "time": "06:30", "time_zone": "America/New_York"},
        response=ScheduleRow.shown(
            words="Mondays at 06:30, New York",
            day="monday",
            time="06:30",
            is_usual=False,
            changed_by="Ada",
            changed_at=Instant.usual,
            version=1,
        ),
        errors=["conflict", "stale"],
        description=(
            "Times are at a quarter of an hour. Pausing needs a `reason` of 10 to 500 characters. `If-Match` with the "
            "ETag of the answer refuses what somebody else changed meanwhile (412)."
        ),
    )
    def patch(self, request: Request, job: str) -> Response:
        values = ScheduleChange.read(request.data)
        if "day" in values:
            values["weekday"] = weekday_of(values.pop("day"))
        if "time" in values:
            values["at"] = values.pop("time")
        changed = change_job(
            actor=self.actor,
            code=job,
            values=values,
            check=lambda current: require_match(request, _etag(current)),
        )
        return _answer(changed)


def _answer(described: JobTime) -> Response:
    return Response(_document(described), headers={"ETag": _etag(described)})


def _etag(described: JobTime) -> str:
    return etag("schedule", described.job.code, described.version, described.time)


def _document(described: JobTime) -> dict[str, Any]:
    time = described.time
    return {
        "job": described.job.code,
        "title": described.job.title,
        "description": described.job.description,
        "words": time.describe(),
        "day": time.day,
        "time": f"{time.at:%H:%M}",
        "time_zone": time.time_zone,
        "is_usual": described.changed_at is None,
        "is_paused": described.is_paused,
        "pause_reason": described.pause_reason,
        "paused_at": described.paused_at,
        "next_runs": described.next_runs(),
        "changed_by": described.changed_by,
        "changed_at": described.changed_at,
        "version": described.version,
    }
