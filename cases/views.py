"""The HTTP door of the workflow engine, under /bpm/case and /case (API.md "Cases")."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core import clock
from batconnect.core.api.base import CompanyView
from batconnect.core.api.paging import Sorting, screen_page
from batconnect.core.errors import InvalidInput
from batconnect.core.models import User
from cases import services
from cases.flow import State
from cases.models import CaseEntity, CaseEvent
from cases.querysets import BasketFilter, basket, find_standing, known_steps, steps_of
from cases.serializers import (
    CaseOpening,
    Reasoned,
    Reassignment,
    StepSubmission,
    basket_shape,
    case_info,
    entity_shape,
    event_shape,
    opened_case,
    step_headings,
)

EVENTS_SHOWN: Final = 200
_SORTING: Final = Sorting(
    {
        "action_due_on": ["action_due_on"],
        "case_no": ["id"],
        "case_created_on": ["created_on"],
        "case_status": ["state"],
        "case_type": ["case_type__code"],
    },
    default="action_due_on",
    order="asc",
)


class CasesView(CompanyView):
    """`POST /bpm/case`."""

    required_permission = {"POST": "cases.work"}

    def post(self, request: Request) -> Response:
        body = CaseOpening(data=request.data)
        body.is_valid(raise_exception=True)
        opened = services.create_case(actor=self.actor, case_type=body.validated_data["case_type"])
        return Response(opened_case(actor=self.actor, opened=opened))


class CaseView(CompanyView):
    """`GET` and `POST /bpm/case/{case_no}`."""

    required_permission = {"GET": "cases.view", "POST": "cases.work"}

    def get(self, request: Request, case_no: str) -> Response:
        standing = find_standing(actor=self.actor, case=case_no, trigger="", step_id="")
        case = standing.case
        found = steps_of(company_id=self.actor.company_id, type_code=standing.type_code, case_id=case.pk)
        of_case = {"company_id": self.actor.company_id, "case_id": case.pk}
        events = CaseEvent.objects.filter(**of_case).order_by("-id")[:EVENTS_SHOWN]
        return Response(
            {
                "case_info": case_info(
                    case=case,
                    type_code=standing.type_code,
                    assigned_to=_name(case.assigned_to_id),
                    now=clock.now(),
                ),
                "steps": step_headings(actor=self.actor, case=case, steps=found.steps if found else ()),
                "entities": [entity_shape(entity) for entity in CaseEntity.objects.filter(**of_case)],
                "events": [event_shape(event) for event in reversed(events)],
            }
        )

    def post(self, request: Request, case_no: str) -> Response:
        body = StepSubmission(data=request.data)
        body.is_valid(raise_exception=True)
        done = services.submit_step(
            actor=self.actor,
            case_no=case_no,
            step_id=body.validated_data["step_id"],
            data=body.validated_data["data"],
        )
        return Response(
            {
                "message": done.result.message,
                "case_no": done.case.case_no,
                "case_status": done.case.state,
                **done.result.payload,
            }
        )


class StepView(CompanyView):
    """`GET /bpm/case/{case_no}/{step_id}`: what the step shows."""

    required_permission = {"GET": "cases.view"}

    def get(self, request: Request, case_no: str, step_id: str) -> Response:
        params = {name: request.query_params[name] for name in request.query_params}
        return Response(
            services.fetch_step(actor=self.actor, case_no=case_no, step_id=step_id, params=params)
        )


class _ManagingView(CompanyView):
    """One of the verbs on a case; `verb` is the service's, `done` how the answer ends."""

    required_permission = {"POST": "cases.manage"}
    verb: ClassVar[Any]
    done: ClassVar[str]

    def post(self, request: Request, case_no: str) -> Response:
        body = Reasoned(data=request.data)
        body.is_valid(raise_exception=True)
        case = type(self).verb(actor=self.actor, case_no=case_no, reason=body.validated_data["reason"])
        return Response(
            {
                "message": f"Case {case.case_no} {self.done}.",
                "case_no": case.case_no,
                "case_status": case.state,
            }
        )


class HoldView(_ManagingView):
    """`POST /bpm/case/{case_no}/hold`."""

    verb = staticmethod(services.hold_case)
    done = "put on hold"


class ReleaseView(_ManagingView):
    """`POST /bpm/case/{case_no}/release`."""

    verb = staticmethod(services.release_case)
    done = "released"


class CancelView(_ManagingView):
    """`POST /bpm/case/{case_no}/cancel`."""

    verb = staticmethod(services.cancel_case)
    done = "cancelled"


class ReassignView(CompanyView):
    """`POST /bpm/case/{case_no}/reassign`."""

    required_permission = {"POST": "cases.manage"}

    def post(self, request: Request, case_no: str) -> Response:
        body = Reassignment(data=request.data)
        body.is_valid(raise_exception=True)
        case = services.reassign_case(
            actor=self.actor,
            case_no=case_no,
            reason=body.validated_data["reason"],
            username=body.validated_data["username"],
        )
        name = _name(case.assigned_to_id)
        return Response(
            {
                "message": f"Case {case.case_no} reassigned to {name}.",
                "case_no": case.case_no,
                "case_status": case.state,
                "assigned_to": name,
            }
        )


class BasketView(CompanyView):
    """`GET /bpm/cases`: the work basket with `mine=true`, else every case that the filters leave."""

    required_permission = {"GET": "cases.view"}

    def get(self, request: Request) -> Response:
        now = clock.now()
        steps = known_steps(company_id=self.actor.company_id)
        rows = basket(actor=self.actor, wanted=_basket_filter(request.query_params, now=now), steps=steps)
        return Response(
            screen_page(
                request.query_params,
                rows,
                sorting=_SORTING,
                shape=lambda row: basket_shape(row, steps=steps, now=now),
            )
        )


class CreateCaseView(CompanyView):
    """`POST …/create-case` of an app: subclass it with the app's `case_type`. Answers 201 {message, case_no}."""

    required_permission = {"POST": "cases.work"}
    case_type: ClassVar[str]

    def post(self, request: Request) -> Response:
        opened = services.create_case(actor=self.actor, case_type=self.case_type)
        case_no = opened.case.case_no
        return Response({"message": f"Case {case_no} created.", "case_no": case_no}, status=201)


def _name(user_id: int | None) -> str | None:
    if user_id is None:
        return None
    user = User.objects.only("first_name", "username").filter(id=user_id).first()
    return user.display_name if user else None


def _basket_filter(query: QueryDict, *, now: Any) -> BasketFilter:
    status = query.get("status", "").strip()
    known = {state.value.casefold(): state.value for state in State}
    if status and status.casefold() not in known:
        raise InvalidInput(f"status is one of {', '.join(known.values())}.", field="status")
    return BasketFilter(
        now=now,
        mine=bool(_yes_or_no(query, "mine")),
        case_type=query.get("case_type") or None,
        status=known[status.casefold()] if status else None,
        overdue=_yes_or_no(query, "overdue"),
        search=query.get("search", "").strip()[:100] or None,
    )


def _yes_or_no(query: QueryDict, name: str) -> bool | None:
    text = query.get(name, "").strip().casefold()
    if not text:
        return None
    if text not in ("true", "false", "1", "0"):
        raise InvalidInput(f"{name} is true or false.", field=name)
    return text in ("true", "1")
