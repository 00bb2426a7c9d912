"""The HTTP endpoints of the workflow engine, under /bpm/case and /case (docs/api.md#cases)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import values_of
from batconnect.core.api.paging import Sorting, screen_page
from batconnect.core.api.parameters import refuse_parameters
from batconnect.core.api.refusals import OTHER_CODES
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel import clock
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import User
from cases import services
from cases.models import Case, CaseEntity, CaseEvent
from cases.querysets import BasketFilter, basket, find_case_context, known_steps, steps_of
from cases.serializers import (
    BasketRow,
    CaseDocument,
    CaseMoved,
    CaseOpened,
    CaseOpening,
    CaseReassigned,
    Reasoned,
    Reassignment,
    StepDone,
    StepShown,
    StepSubmission,
    basket_shape,
    case_info,
    entity_shape,
    event_shape,
    opened_case,
    step_headings,
)
from cases.states import State

TAGS: Final = ("BPM",)
_SUBMISSION: Final = {
    "step_id": "INTPAY-002",
    "data": {
        "driver_id": 101,
        "lease_id": 2054,
        "total_amount": "600.00",
        "payment_method": "ACH",
        "payment_date": "2025-10-20T00:00:00Z",
        "notes": "Partial payment for repairs and lease.",
        "allocations": [
            {"category": "Lease", "reference_id": "MED-102-LS-08", "amount": "265.00"},
            {"category": "Repairs", "reference_id": "INV-2457", "amount": "335.00"},
        ],
    },
}
_DONE: Final = "Interim payment successfully created and allocated."
_WAITS: Final = "Driver loan of 5,000.00 USD to John Doe waits for a second person."
_FETCHED: Final = {
    "driver": {"id": 101, "driver_id": "DRV-101", "full_name": "John Doe", "tlc_license": "00504124"},
    "leases": [{"lease_id_pk": 2054, "lease_id": "LS-2054", "medallion_no": "1P43"}],
}
EVENTS_SHOWN: Final = 200
_SORTING: Final = Sorting(
    {
        "action_due_on": ["action_due_on", "id"],
        "case_no": ["id"],
        "case_created_on": ["id"],  # cases are numbered as they are opened
        "case_status": ["state", "id"],
    },
    default="action_due_on",
    order="asc",
)


class CasesView(CompanyView):
    """`POST /bpm/case`."""

    required_permission = {"POST": "cases.work"}

    @documented(
        "Open a case",
        tags=TAGS,
        request=CaseOpening,
        request_example={"case_type": "INTPAY"},
        response=CaseOpened,
        errors=["unknown_case_type"],
    )
    def post(self, request: Request) -> Response:
        body = CaseOpening(data=request.data)
        body.is_valid(raise_exception=True)
        opened = services.create_case(actor=self.actor, case_type=body.validated_data["case_type"])
        return Response(opened_case(actor=self.actor, opened=opened))


class CaseView(CompanyView):
    """`GET` and `POST /bpm/case/{case_no}`."""

    may_lag = False
    required_permission = {"GET": "cases.view", "POST": "cases.work"}

    @documented(
        "A case: its state, its steps, what it created, what happened",
        tags=TAGS,
        response=CaseDocument,
        errors=["case_not_found"],
    )
    def get(self, request: Request, case_no: str) -> Response:
        context = find_case_context(actor=self.actor, case=case_no, trigger="", step_id="")
        case = context.case
        type_steps = steps_of(company_id=self.actor.company_id, type_code=context.type_code, case_id=case.pk)
        of_case = {"company_id": self.actor.company_id, "case_id": case.pk}
        events = CaseEvent.objects.filter(**of_case).order_by("-id")[:EVENTS_SHOWN]
        return Response(
            {
                "case_info": case_info(
                    case=case,
                    type_code=context.type_code,
                    assigned_to=_name(case.assigned_to_id),
                    now=clock.now(),
                ),
                "steps": step_headings(
                    actor=self.actor, case=case, steps=type_steps.steps if type_steps else ()
                ),
                "entities": [entity_shape(entity) for entity in CaseEntity.objects.filter(**of_case)],
                "events": [event_shape(event) for event in reversed(events)],
            }
        )

    @documented(
        "Carry out a step",
        tags=TAGS,
        request=StepSubmission,
        request_example=_SUBMISSION,
        response=StepDone.shown(message=_DONE, case_status="Closed"),
        more={202: StepDone.shown(message=_WAITS)},
        errors=[
            *("unknown_step", "step_access_denied", "case_not_found", "illegal_transition"),
            *("step_not_submittable", "step_form_unavailable", OTHER_CODES),
        ],
        description="`data` is checked against the step's JSON Schema. The answer adds what the step created.",
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
            },
            status=202 if done.result.waits else 200,
        )


class StepView(CompanyView):
    """`GET /bpm/case/{case_no}/{step_id}`: what the step shows."""

    may_lag = False  # what is shown is decided on
    required_permission = {"GET": "cases.view"}
    checks_parameters = False  # each step has its own

    @documented(
        "What a step shows",
        tags=TAGS,
        response=StepShown.shown(**_FETCHED),
        errors=["step_access_denied", "case_not_found", "step_not_found", OTHER_CODES],
        parameters=[
            OpenApiParameter("tlc_license_no", str, description="INTPAY-001 and the loan and repair steps"),
            OpenApiParameter("driver_id", int, description="INTPAY-002"),
        ],
        description="Each step takes its own query parameters and answers in its own shape; allowed in every state.",
    )
    def get(self, request: Request, case_no: str, step_id: str) -> Response:
        refuse_parameters(request.query_params, known=request.query_params, repeatable=())
        params = {name: request.query_params[name] for name in request.query_params}
        return Response(
            services.fetch_step(actor=self.actor, case_no=case_no, step_id=step_id, params=params)
        )


class _ManagingView(CompanyView):
    """One of the actions on a case."""

    required_permission = {"POST": "cases.manage"}

    def answer(self, request: Request, case_no: str, action: Callable[..., Case], done: str) -> Response:
        body = Reasoned(data=request.data)
        body.is_valid(raise_exception=True)
        case = action(actor=self.actor, case_no=case_no, reason=body.validated_data["reason"])
        return Response(
            {"message": f"Case {case.case_no} {done}.", "case_no": case.case_no, "case_status": case.state}
        )


def _documented_action(
    summary: str, *, done: str, status: str, description: str = ""
) -> Callable[[Any], Any]:
    return documented(
        summary,
        tags=TAGS,
        request=Reasoned,
        request_example={"reason": "The driver comes back on Monday."},
        response=CaseMoved.shown(message=f"Case INTPAY000123 {done}.", case_status=status),
        errors=["case_not_found", "illegal_transition"],
        description=description,
    )


class HoldView(_ManagingView):
    """`POST /bpm/case/{case_no}/hold`."""

    @_documented_action("Put a case on hold", done="put on hold", status="On Hold")
    def post(self, request: Request, case_no: str) -> Response:
        return self.answer(request, case_no, services.hold_case, "put on hold")


class ReleaseView(_ManagingView):
    """`POST /bpm/case/{case_no}/release`."""

    @_documented_action("Release a case to the state before its hold", done="released", status="In Progress")
    def post(self, request: Request, case_no: str) -> Response:
        return self.answer(request, case_no, services.release_case, "released")


class CancelView(_ManagingView):
    """`POST /bpm/case/{case_no}/cancel`."""

    required_permission = {"POST": "cases.work"}

    @_documented_action(
        "Cancel a case",
        done="cancelled",
        status="Cancelled",
        description="The person who opened a case may cancel it as long as nothing was done in it; any other case "
        "needs `cases.manage`.",
    )
    def post(self, request: Request, case_no: str) -> Response:
        return self.answer(request, case_no, services.cancel_case, "cancelled")


class ReassignView(CompanyView):
    """`POST /bpm/case/{case_no}/reassign`."""

    required_permission = {"POST": "cases.manage"}

    @documented(
        "Give a case to somebody who may take it",
        tags=TAGS,
        request=Reassignment,
        request_example={"reason": "Her driver.", "username": "cashier"},
        response=CaseReassigned.shown(message="Case INTPAY000123 reassigned to Merly."),
        errors=["case_not_found", "illegal_transition", "cannot_take_case"],
    )
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


class GiveBackView(CompanyView):
    """`POST /bpm/case/{case_no}/give-back`."""

    required_permission = {"POST": "cases.manage"}

    @documented(
        "Take a case's latest reassignment back",
        tags=TAGS,
        request=Reasoned,
        request_example={"reason": "She is back."},
        response=CaseReassigned.shown(message="Case INTPAY000123 given back to Merly."),
        errors=["case_not_found", "illegal_transition", "cannot_take_case", "case_not_given_back"],
        description="It goes to whom it was assigned before, or to whoever may take its step, where no step was taken "
        "and it was not moved or reassigned since.",
    )
    def post(self, request: Request, case_no: str) -> Response:
        body = Reasoned(data=request.data)
        body.is_valid(raise_exception=True)
        case = services.give_back_case(
            actor=self.actor, case_no=case_no, reason=body.validated_data["reason"]
        )
        name = _name(case.assigned_to_id)
        return Response(
            {
                "message": f"Case {case.case_no} given back to {name or 'whoever may take its step'}.",
                "case_no": case.case_no,
                "case_status": case.state,
                "assigned_to": name,
            }
        )


class BasketView(CompanyView):
    """`GET /bpm/cases`: the work basket with `mine=true`, else every case that passes the filters."""

    required_permission = {"GET": "cases.view"}

    @documented(
        "The work basket",
        tags=TAGS,
        response=screen_page_of(BasketRow),
        parameters=[
            OpenApiParameter("mine", bool, description="The open cases that the caller may act on."),
            OpenApiParameter("case_type", str, many=True),
            OpenApiParameter("status", str, many=True, enum=[state.value for state in State]),
            OpenApiParameter("overdue", bool),
            OpenApiParameter("search", str, description="In case number and subject."),
            *paging_parameters(screen=True),
        ],
    )
    def get(self, request: Request) -> Response:
        now = clock.now()
        steps = known_steps(company_id=self.actor.company_id)
        rows = basket(actor=self.actor, filters=_basket_filter(request.query_params, now=now), steps=steps)
        return Response(
            screen_page(
                request.query_params,
                rows,
                sorting=_SORTING,
                shape=lambda row: basket_shape(row, steps=steps, now=now),
            )
        )


def _name(user_id: int | None) -> str | None:
    if user_id is None:
        return None
    user = User.objects.only("first_name", "username").filter(id=user_id).first()
    return user.display_name if user else None


def _basket_filter(query: QueryDict, *, now: Any) -> BasketFilter:
    known = {state.value.casefold(): state.value for state in State}
    states = [text.casefold() for text in values_of(query, "status")]
    if any(state not in known for state in states):
        raise InvalidInput(f"status must be one of {', '.join(known.values())}.", field="status")
    return BasketFilter(
        now=now,
        mine=bool(_yes_or_no(query, "mine")),
        case_types=tuple(values_of(query, "case_type")),
        statuses=tuple(known[state] for state in states),
        overdue=_yes_or_no(query, "overdue"),
        search=query.get("search", "").strip()[:100] or None,
    )


def _yes_or_no(query: QueryDict, name: str) -> bool | None:
    text = query.get(name, "").strip().casefold()
    if not text:
        return None
    if text not in ("true", "false", "1", "0"):
        raise InvalidInput(f"{name} must be true or false.", field=name)
    return text in ("true", "1")
