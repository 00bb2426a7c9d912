"""The pages that accept all that is certain as one operation, and take an operation back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from bank.models import Explanation
from bank.services.operations import CERTAIN_AT_ONCE, Accepted, accept_certain, undo_operation
from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.confirmations import SEEN, Confirmation, Preview, ReasonForm, digest_of
from batconnect.core.console.refusals import show_error, show_in_form
from batconnect.core.kernel.errors import Conflict, Refusal
from console.bank.queries import Waiting, certain_parts, narrowed_by, said_by
from console.pages import ConsolePage, register_page
from ledger.previews import posted_by

_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Certain:
    """The lines that are certain, with what each is; and, when it has been done, what became of them."""

    rows: Sequence[Waiting]
    done: Accepted | None = field(default=None, compare=False)

    @property
    def digest(self) -> str:
        """Names the lines as they were read, and what each is."""
        return digest_of(
            *(
                (each.part.id, each.part.version, each.best.title, each.best.pieces)
                for each in self.rows
                if each.best
            )
        )


@register_page
class AcceptCertain(ConsolePage, Confirmation[Certain]):
    """The lines of the desk that are certain, listed; confirming explains them as one operation."""

    route = "bank/certain/"
    url_name = "bank_certain"
    title = "Accept what is certain"
    icon = "done_all"
    permission = "bank.explain"
    template_name = "admin/bank/certain.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The lines."""
        return self.show(self.plan())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Accept them."""
        return self.answer()

    def plan(self) -> Certain:
        """What is certain now; nothing is written to find out."""
        return Certain(certain_parts(actor=self.actor, wanted=narrowed_by(self.request.GET)))

    def run(self) -> Certain:
        """Explain them."""
        rows = self.plan().rows
        if not rows:
            raise Conflict("Nothing is certain any more.")
        done = accept_certain(actor=self.actor, part_ids=[each.part.id for each in rows])
        return Certain(rows, done)

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """The lines as they are now."""
        if refusal is not None:
            show_error(self.request, refusal)
        return self.show(self.plan())

    def show(self, outcome: Certain) -> HttpResponse:
        """The lines, to be confirmed."""
        return self.page(
            rows=outcome.rows,
            digest=outcome.digest,
            seen_name=SEEN,
            at_most=CERTAIN_AT_ONCE if len(outcome.rows) == CERTAIN_AT_ONCE else 0,
            desk=_desk(self.request),
        )

    def done(self, outcome: Certain) -> HttpResponse:
        """Back to the desk, with the way to take it back."""
        assert outcome.done is not None, "it was carried out"
        explained, left = outcome.done.explained, outcome.done.left
        if explained:
            messages.success(
                self.request,
                format_html(
                    '{} explained. <a class="workbench-link" href="{}">Take it back</a>',
                    _lines(len(explained), "is", "are"),
                    reverse("admin:bank_operation", args=[outcome.done.operation_id]),
                ),
            )
        for why in list(dict.fromkeys(each.why for each in left))[:_TOLD]:
            messages.warning(self.request, f"Left open: {why}")
        return HttpResponseRedirect(_desk(self.request))

    def refuse(self, refusal: Refusal) -> HttpResponse:
        """The lines as they are now."""
        show_error(self.request, refusal)
        return HttpResponseRedirect(self.request.get_full_path())


@register_page
class UndoOperation(ConsolePage, Confirmation[Preview]):
    """What was explained together, to be taken back together with a reason."""

    route = "bank/operations/<uuid:operation_id>/"
    url_name = "bank_operation"
    title = "Take back what was accepted"
    permission = "bank.explain"
    template_name = "admin/confirm_action.html"
    operation_id: UUID
    form: ReasonForm

    def get(self, request: HttpRequest, operation_id: UUID) -> HttpResponse:
        """What it explained, and the form."""
        self.operation_id, self.form = operation_id, ReasonForm()
        return self.ask()

    def post(self, request: HttpRequest, operation_id: UUID) -> HttpResponse:
        """Take it back."""
        self.operation_id, self.form = operation_id, ReasonForm(request.POST)
        return self.answer() if self.form.is_valid() else self.ask()

    def run(self) -> Preview:
        """Every line that still stands is open again."""

        def undo() -> str:
            reason = self.form.cleaned_data["reason"]
            back = undo_operation(actor=self.actor, operation_id=self.operation_id, reason=reason)
            said = [f"{_lines(len(back.parts), 'is', 'are')} open again."] if back.parts else []
            return " ".join([*said, *(describe_waiting(each) for each in back.waiting)])

        return posted_by(actor=self.actor, run=undo)

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """The form, with what the operation explained."""
        if refusal is not None:
            show_in_form(self.form, refusal)
        rows = Explanation.objects.filter(company_id=self.actor.company_id, operation_id=self.operation_id)
        if not rows.exists():
            raise Http404
        live = rows.filter(status=Explanation.Status.LIVE).values("part").distinct().count()
        return self._page(title=f"Take {_lines(live)} back")

    def show(self, outcome: Preview) -> HttpResponse:
        """What would be posted."""
        return self._page(title=self.title, preview=outcome, button="take it back")

    def done(self, outcome: Preview) -> HttpResponse:
        """Back to the desk."""
        messages.success(self.request, outcome.summary)
        return HttpResponseRedirect(reverse("admin:bank_desk"))

    def refuse(self, refusal: Refusal) -> HttpResponse:
        """The form again."""
        show_error(self.request, refusal)
        return HttpResponseRedirect(self.request.path)

    def _page(self, **context: Any) -> HttpResponse:
        return self.page(form=self.form, back=reverse("admin:bank_desk"), **context)


def _desk(request: HttpRequest) -> str:
    said = urlencode(said_by(narrowed_by(request.GET)))
    return reverse("admin:bank_desk") + (f"?{said}" if said else "")


def _lines(count: int, one: str = "", several: str = "") -> str:
    done = one if count == 1 else several
    return f"{count:,} line{'' if count == 1 else 's'} {done}".strip()
