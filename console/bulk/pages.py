"""The page of an operation on many rows, from the form to what became of each row; and the list of operations."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse

from batconnect.core.console.bulk.actions import Declared
from batconnect.core.console.bulk.errors import OPERATION_CONFIRMED
from batconnect.core.console.bulk.lists import OPERATION
from batconnect.core.console.bulk.printing import bound
from batconnect.core.console.bulk.services import (
    begin_undo,
    confirm_operation,
    plan_operation,
    read_operation,
    undo_of,
)
from batconnect.core.console.refusals import show_error
from batconnect.core.kernel.errors import NotAllowed, NotFound, Refusal
from batconnect.core.models import BulkOperation, BulkRow
from console.addresses import page_of
from console.bulk.reading import count, operations
from console.pages import ConsolePage, register_page

_PER_PAGE: Final = 100
_OPERATIONS_PER_PAGE: Final = 50
_DEEPEST: Final = 1_000
_FILE: Final = "documents"
_State = BulkOperation.State
_ONLY: Final = {
    "left": (BulkRow.State.LEFT, BulkRow.State.REFUSED),
    "done": (BulkRow.State.PLANNED, BulkRow.State.DONE),
}


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return min(int(text[:6]), _DEEPEST) if text.isdecimal() and int(text[:6]) > 0 else 1


@register_page
class Operations(ConsolePage):
    """Operations on many rows, the latest first."""

    route = "operations/"
    url_name = "bulk_operations"
    title = "Operations"
    icon = "checklist"
    permission = "core.view"
    template_name = "admin/bulk/operations.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        page = _page_number(request)
        first = (page - 1) * _OPERATIONS_PER_PAGE
        rows = list(operations(self.actor)[first : first + _OPERATIONS_PER_PAGE + 1])
        return self.page(
            rows=rows[:_OPERATIONS_PER_PAGE],
            previous_page=page - 1,
            next_page=page + 1 if len(rows) > _OPERATIONS_PER_PAGE else 0,
        )


@register_page
class Operation(ConsolePage):
    """One of them: its form, its preview, how far it is, what became of each row."""

    route = "operations/<uuid:operation_id>/"
    url_name = OPERATION
    title = "Operation"
    permission = "core.view"
    template_name = "admin/bulk/operation.html"
    operation: BulkOperation
    declared: Declared

    def get(self, request: HttpRequest, operation_id: UUID) -> HttpResponseBase:
        """How it stands; `?documents` is what it printed."""
        self._read(operation_id)
        if _FILE in request.GET:
            return self._documents()
        return self._show(self.declared.action.ask(self.actor) if self.operation.version == 0 else None)

    def post(self, request: HttpRequest, operation_id: UUID) -> HttpResponseBase:
        """Plan, confirm, or take back."""
        self._read(operation_id)
        match request.POST.get("do"):
            case "plan":
                return self._plan()
            case "change":
                return self._show(self.declared.action.ask(self.actor, self._answered()))
            case "confirm":
                return self._confirm()
            case "undo":
                return self._undo()
            case _:
                raise Http404

    def _read(self, operation_id: UUID) -> None:
        try:
            self.operation, self.declared = read_operation(actor=self.actor, operation_id=operation_id)
        except NotFound as missing:
            raise Http404 from missing
        except NotAllowed as refusal:
            raise PermissionDenied from refusal
        if self.operation.confirmed_at is None and not self._is_own:
            raise PermissionDenied

    @property
    def _is_own(self) -> bool:
        return self.operation.asked_by_id == self.actor.user_id

    def _answered(self) -> QueryDict:
        answers = QueryDict(mutable=True)
        for name, texts in self.operation.answers.items():
            answers.setlist(name, texts)
        return answers

    def _plan(self) -> HttpResponse:
        try:
            wrong = plan_operation(
                actor=self.actor, operation_id=self.operation.id, answers=self.request.POST
            )
        except Refusal as refusal:
            show_error(self.request, refusal)
            return self._here()
        return self._here() if wrong is None else self._show(wrong)

    def _confirm(self) -> HttpResponse:
        version = self.request.POST.get("version", "")
        try:
            done = confirm_operation(
                actor=self.actor,
                operation_id=self.operation.id,
                version=int(version[:9]) if version.isdecimal() else 0,
            )
        except Refusal as refusal:
            if refusal.code == OPERATION_CONFIRMED:
                messages.info(self.request, refusal.message)
            else:
                show_error(self.request, refusal)
            return self._here()
        if done.state == _State.DONE:
            messages.success(self.request, f"{done.title}: {done.done_rows:,} of {done.total:,} done.")
        return self._here()

    def _undo(self) -> HttpResponse:
        try:
            begun = begin_undo(actor=self.actor, operation_id=self.operation.id)
            plan_operation(actor=self.actor, operation_id=begun.id, answers=QueryDict())
        except Refusal as refusal:
            show_error(self.request, refusal)
            return self._here()
        return HttpResponseRedirect(reverse(f"admin:{OPERATION}", args=[begun.id]))

    def _documents(self) -> HttpResponseBase:
        path = bound(self.operation)
        if not self.declared.action.has_permission(self.actor) or not path.is_file():
            raise Http404
        answer = FileResponse(path.open("rb"), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{self.operation.id}.pdf"'
        return answer

    def _here(self) -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:{OPERATION}", args=[self.operation.id]))

    def _show(self, form: Any) -> HttpResponse:
        operation, declared = self.operation, self.declared
        only, page = self.request.GET.get("only", ""), _page_number(self.request)
        rows = BulkRow.objects.filter(company_id=operation.company_id, operation=operation)
        rows = rows.filter(state__in=_ONLY[only]) if only in _ONLY else rows
        first = (page - 1) * _PER_PAGE
        shown = list(rows.order_by("place")[first : first + _PER_PAGE + 1])
        # An operation may have rows that its maker saw and others do not.
        visible = declared.page.get_queryset(self.request).filter(pk__in=[row.subject_id for row in shown])
        seen = {str(key) for key in visible.values_list("pk", flat=True)}
        back = undo_of(declared)
        counts = count(operation)
        return self.page(
            title=operation.title,
            operation=operation,
            counts=counts,
            looked_at=operation.total - (counts.planned if operation.confirmed_at else counts.waiting),
            form=form,
            asks=bool(declared.action.ask(self.actor).fields),
            rows=[
                (row, page_of(declared.page.model, row.subject_id) if row.subject_id in seen else "")
                for row in shown[:_PER_PAGE]
            ],
            shows_reasons=all(row.subject_id in seen for row in shown),
            only=only if only in _ONLY else "",
            narrowed=urlencode({"only": only}) if only in _ONLY else "",
            previous_page=page - 1,
            next_page=page + 1 if len(shown) > _PER_PAGE else 0,
            is_moving=operation.state in (_State.PLANNING, _State.RUNNING),
            undo=back.action.title
            if back
            and counts.done
            and operation.state == _State.DONE
            and back.action.has_permission(self.actor)
            else "",
            undone_by=self._undone_by(),
            has_documents=operation.state == _State.DONE and bound(operation).is_file()
            if declared.action.prints
            else False,
            list_address=reverse(f"admin:{declared.page.list_url}_changelist"),
        )

    def _undone_by(self) -> BulkOperation | None:
        return BulkOperation.objects.filter(
            company_id=self.operation.company_id, undoes=self.operation, confirmed_at__isnull=False
        ).first()
