"""Small endpoints to try the HTTP floor on."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.http import Http404, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import etag, require_match
from batconnect.core.api.fields import DayInput, LabeledChoice, MoneyInput, RateInput, StrictSerializer
from batconnect.core.api.json import ExactJSONParser
from batconnect.core.api.paths import with_optional_slash
from batconnect.core.database.rows import insert_batch
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.models import AuditEvent


class LineSerializer(StrictSerializer):
    id = serializers.CharField(max_length=20)
    amount = MoneyInput()


class BodySerializer(StrictSerializer):
    amount = MoneyInput()
    rate = RateInput(required=False, at_most=Decimal(100))
    paid_on = DayInput(required=False)
    method = LabeledChoice(
        [("cash", "Cash"), ("bank_transfer", "Bank transfer")],
        aliases={"wire": "bank_transfer"},
        required=False,
    )
    note = serializers.CharField(required=False)
    lines = LineSerializer(many=True, required=False)


def leave_a_trace(view: CompanyView, action: str) -> None:
    insert_batch(
        [
            AuditEvent(
                company_id=view.actor.company_id,
                actor=view.actor.name,
                action=action,
                subject_type="probe",
                subject_id="1",
            )
        ]
    )


class EchoView(CompanyView):
    required_permission = {"GET": "payments.view", "POST": "payments.void"}

    def get(self, request: Request) -> Response:
        return Response(
            {
                "money": Decimal(265),
                "rate": Decimal("8.875"),
                "fine": Decimal("0.3333"),
                "long": Decimal("48100.000000"),
                "at": datetime(2025, 10, 20, 12, 0, 30, 999, tzinfo=timezone(timedelta(hours=-4))),
                "on": date(2025, 10, 20),
                "by": self.actor.name,
                "company": self.actor.company_id,
            }
        )

    def post(self, request: Request) -> Response:
        body = BodySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        leave_a_trace(self, "probe.echo")
        return Response(body.validated_data, status=201)


class FaultView(CompanyView):
    required_permission = {"POST": None}

    def post(self, request: Request, how: str) -> Response:
        leave_a_trace(self, f"probe.{how}")
        match how:
            case "refuse":
                raise Conflict("The case is closed.", errors=[])
            case "return":
                return Response({"code": "odd"}, status=409)
            case "crash":
                raise RuntimeError("password=hunter2")
            case "unprintable":
                return Response({"amount": Decimal("NaN")})
            case "missing":
                raise Http404
            case "field":
                raise InvalidInput("25.00 is above 20.00.", field="amount", code="above_outstanding")
            case "deadlock":
                raise_state("40P01")
            case "slow":
                run_too_long()
            case "swallow":
                with suppress(DatabaseError):
                    raise_state("23514")
            case "told-after":
                transaction.on_commit(fail_after_the_commit)
            case _ if how.startswith("state-"):
                raise_state(how.removeprefix("state-"))
        return Response({"how": how})


def raise_state(state: str) -> None:
    """What the database says when it refuses with this SQLSTATE."""
    with connection.cursor() as cursor:
        cursor.execute(f"do $$ begin raise exception 'x' using errcode = '{state}'; end $$")


def fail_after_the_commit() -> None:
    raise RuntimeError("after the commit")


class RequiredView(CompanyView):
    required_permission = {"GET": "payments.view", "POST": "payments.allocate"}
    company_header_required = True
    idempotency = "required"
    parser_classes = (ExactJSONParser, MultiPartParser)

    def get(self, request: Request) -> Response:
        return Response({})

    def post(self, request: Request) -> Response:
        leave_a_trace(self, "probe.required")
        if request.data.get("refuse"):
            raise InvalidInput("No.")
        return Response(
            {"amount": request.data.get("amount"), "traces": AuditEvent.objects.count()}, status=201
        )


class VersionedView(CompanyView):
    required_permission = {"GET": None, "PUT": None}

    def get(self, request: Request) -> Response:
        return Response({}, headers={"ETag": etag(1, "a")})

    def put(self, request: Request) -> Response:
        require_match(request, etag(1, "a"))
        return Response({"at": datetime(2025, 1, 1, tzinfo=UTC)})


def crash(request: Any) -> Any:
    raise RuntimeError("outside of DRF")


def run_too_long() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = '20ms'")
        cursor.execute("select pg_sleep(5)")


def slow(request: Any) -> Any:
    run_too_long()


def locked(request: Any) -> Any:
    raise_state("55P03")


def full(request: Any) -> Any:
    raise_state("53100")


@csrf_exempt
def write(request: Any) -> Any:
    """Leave a session behind, as a page of the console leaves its rows."""
    Session.objects.create(session_key="probe", session_data="", expire_date=datetime(2025, 1, 1, tzinfo=UTC))
    return HttpResponse("written")


@csrf_exempt
def write_and_fail(request: Any) -> Any:
    transaction.on_commit(fail_after_the_commit)
    return write(request)


urlpatterns = [
    path("admin/locked", locked),
    path("admin/slow", slow),
    path("admin/full", full),
    path("admin/write", write),
    path("admin/write-and-fail", write_and_fail),
    path("admin/", admin.site.urls),
    path("", include("batconnect.core.urls")),
    path("crash", crash),
    path("locked", locked),
    path("slow", slow),
    *with_optional_slash("probe/echo", EchoView.as_view(), "echo"),
    *with_optional_slash("probe/required", RequiredView.as_view(), "required"),
    *with_optional_slash("probe/versioned", VersionedView.as_view(), "versioned"),
    *with_optional_slash("probe/<str:how>", FaultView.as_view(), "fault"),
    *with_optional_slash("api/case-tracking/<str:how>/", FaultView.as_view(), "envelope"),
]
handler400 = "batconnect.core.api.problems.bad_request"
handler403 = "batconnect.core.api.problems.permission_denied"
handler404 = "batconnect.core.api.problems.page_not_found"
handler500 = "batconnect.core.api.problems.server_error"
