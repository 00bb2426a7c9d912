"""The pages: how bank accounts stand, the desk, one line on it, and confirming that an account is reconciled."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format

from bank.models import LinePart
from bank.printed.reconciliations import printed_reconciliation
from bank.services.explaining import Decision, explain_part
from bank.services.kinds.interface import Piece
from bank.services.reconciling import compare, reconcile, sums
from bank.services.suggesting import Suggestion, suggest
from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import has_permission
from batconnect.core.console.confirmations import SEEN, Confirmation, Preview
from batconnect.core.console.refusals import show_error
from batconnect.core.kernel.errors import InvalidInput, Refusal
from batconnect.core.kernel.money import NotMoney, exact_money, format_amount
from console.bank.naming import Typed, choices_for, read_piece
from console.bank.queries import Narrowed, find_part, narrowed_by, open_parts, positions, said_by
from console.pages import ConsolePage, register_page
from console.search.finding import find
from ledger.previews import posted_by
from ledger.treasury.models import BankAccount

_ROWS: Final = 6
_FIELDS: Final = ("kind", "what", "fee", "code", "amount")
# What the services call a field of a piece; what is not here is what was named.
_CALLED: Final = {"kind": "kind", "amount": "amount", "fee": "fee", "reason_code": "code"}


@register_page
class BankPositions(ConsolePage):
    """Every bank account: by its bank, by the books, in transit, explained and reconciled until when."""

    route = "bank/today/"
    url_name = "bank"
    title = "Bank today"
    icon = "account_balance"
    permission = "bank.view"
    template_name = "admin/bank/positions.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The accounts."""
        return self.page(
            positions=positions(actor=self.actor),
            may_reconcile=has_permission(request, "bank.reconcile"),
        )


@register_page
class OpenLines(ConsolePage):
    """Lines that nobody has explained, the oldest first, each with what it probably is."""

    route = "bank/desk/"
    url_name = "bank_desk"
    title = "Lines to explain"
    icon = "fact_check"
    permission = "bank.view"
    template_name = "admin/bank/desk.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """A page of them."""
        wanted = narrowed_by(request.GET)
        rows, has_more = open_parts(actor=self.actor, wanted=wanted)
        accounts = BankAccount.objects.filter(company_id=self.actor.company_id).order_by("currency", "code")
        may_explain = has_permission(request, "bank.explain")
        certain = any(each.best is not None and each.best.is_certain for each in rows)
        return self.page(
            rows=rows,
            wanted=wanted,
            accounts=accounts,
            certain_url=_certain_url(wanted) if certain and may_explain else "",
            previous_url=_page_url(wanted, wanted.page - 1) if wanted.page > 1 else "",
            next_url=_page_url(wanted, wanted.page + 1) if has_more else "",
            may_explain=may_explain,
        )


@register_page
class ExplainLine(ConsolePage, Confirmation[Preview]):
    """One line: what the bank says, what it probably is and why, and a form to say it in pieces."""

    route = "bank/desk/<uuid:part_id>/"
    url_name = "bank_line"
    title = "Explain a line"
    permission = "bank.explain"
    template_name = "admin/bank/line.html"
    part: LinePart
    suggestions: list[Suggestion]

    def get(self, request: HttpRequest, part_id: UUID) -> HttpResponse:
        """The line with its suggestions; `?q=` finds what to name."""
        self._read(part_id)
        return self.ask()

    def post(self, request: HttpRequest, part_id: UUID) -> HttpResponse:
        """What it is: a suggestion (`take`), or what was typed."""
        self._read(part_id)
        return self.answer()

    def run(self) -> Preview:
        """Explain it."""
        pieces, decision = self._said()

        def explain() -> str:
            done = explain_part(
                actor=self.actor,
                part_id=self.part.id,
                pieces=pieces,
                decision=decision,
                version=self.part.version,
            )
            if done.waiting is not None:
                return describe_waiting(done.waiting)
            said = "; ".join(
                f"{format_amount(each.amount)} {each.currency}: {each.get_kind_display().lower()}"
                for each in done.explanations
            )
            return " ".join((f"{said}.", *done.warnings))

        return posted_by(actor=self.actor, run=explain)

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """The line, with what was typed and what is wrong with it."""
        wrong = self._wrong(refusal) if refusal is not None else {}
        if refusal is not None:
            self._say(refusal.message, wrong)
        text = self.request.GET.get("q", "").strip()
        return self.page(
            title=self._title(),
            part=self.part,
            suggestions=list(enumerate(self.suggestions)),
            choices=choices_for(self.part.direction),
            typed=[self._row(place, wrong) for place in range(_ROWS)],
            wrong=wrong.get("pieces", ""),
            asked=text,
            hits=find(self.request, text)[:12] if text else [],
            desk=reverse("admin:bank_desk"),
        )

    def show(self, outcome: Preview) -> HttpResponse:
        """What would be posted."""
        return self.page(
            title=self._title(),
            template="admin/bank/line_check.html",
            preview=outcome,
            kept=[
                (name, value) for name, value in self.request.POST.items() if name != "csrfmiddlewaretoken"
            ],
            seen_name=SEEN,
        )

    def done(self, outcome: Preview) -> HttpResponse:
        """On to the next line."""
        messages.success(self.request, outcome.summary)
        return HttpResponseRedirect(self._next())

    def refuse(self, refusal: Refusal) -> HttpResponse:
        """The line as it is now."""
        show_error(self.request, refusal)
        return HttpResponseRedirect(self.request.path)

    def _title(self) -> str:
        return (
            f"{format_amount(self.part.left)} {self.part.currency} of {date_format(self.part.payment_date)}"
        )

    def _read(self, part_id: UUID) -> None:
        part = find_part(actor=self.actor, part_id=part_id)
        if part is None:
            raise Http404
        self.part = part
        self.suggestions = suggest(actor=self.actor, parts=[part]).get(part.id, []) if part.left else []

    def _said(self) -> tuple[list[Piece], Decision]:
        sent = self.request.POST
        if "take" in sent:
            place = sent["take"]
            if not place.isdecimal() or int(place) >= len(self.suggestions):
                raise InvalidInput("This suggestion is not there any more: look at the line again.")
            taken = self.suggestions[int(place)]
            return list(taken.pieces), Decision(because=taken.because)
        rows = self._typed_rows()
        if not rows:
            raise InvalidInput("Choose a suggestion, or say what the line is.", field="kind-0")
        return [self._piece(place, alone=len(rows) == 1) for place in rows], Decision()

    def _typed_rows(self) -> list[int]:
        sent = self.request.POST
        return [
            place
            for place in range(_ROWS)
            if any(sent.get(f"{name}-{place}", "").strip() for name in _FIELDS)
        ]

    def _wrong(self, refusal: Refusal) -> dict[str, str]:
        """What is wrong, by the names of the form: the services count the pieces that were given."""
        wrong: dict[str, str] = {}
        rows = self._typed_rows()
        for error in refusal.errors:
            match error.field.split("."):
                case ["pieces", place, *rest] if place.isdecimal() and int(place) < len(rows):
                    name = f"{_CALLED.get(rest[-1] if rest else '', 'what')}-{rows[int(place)]}"
                case _:
                    name = error.field
            wrong.setdefault(name, error.message)
        return wrong

    def _say(self, message: str, wrong: dict[str, str]) -> None:
        """Above the form: the refusal, and what is wrong with nothing that stands in the form."""
        shown = {"pieces", *(f"{name}-{place}" for place in range(_ROWS) for name in _FIELDS)}
        for said in dict.fromkeys([message, *(text for name, text in wrong.items() if name not in shown)]):
            messages.error(self.request, said)

    def _piece(self, place: int, *, alone: bool) -> Piece:
        sent = self.request.POST
        typed = sent.get(f"amount-{place}", "").strip()
        try:
            amount = self.part.left if alone and not typed else exact_money(typed)
        except NotMoney as error:
            raise InvalidInput(str(error), field=f"amount-{place}") from error
        return read_piece(
            actor=self.actor,
            typed=Typed(
                place=place,
                kind=sent.get(f"kind-{place}", ""),
                amount=amount,
                what=sent.get(f"what-{place}", ""),
                fee=sent.get(f"fee-{place}", ""),
                reason_code=sent.get(f"code-{place}", ""),
            ),
        )

    def _row(self, place: int, wrong: dict[str, str]) -> dict[str, Any]:
        sent = self.request.POST
        row: dict[str, Any] = {"place": place}
        for name in _FIELDS:
            row[name] = sent.get(f"{name}-{place}", "")
        named = self.request.GET.get("use", "") if place == 0 else ""
        row["what"] = row["what"] or named
        row["errors"] = [wrong[f"{name}-{place}"] for name in _FIELDS if f"{name}-{place}" in wrong]
        return row

    def _next(self) -> str:
        rows, _ = open_parts(actor=self.actor, wanted=Narrowed(account=self.part.bank_account_id))
        if not rows:
            return reverse("admin:bank_desk")
        return reverse("admin:bank_line", args=[rows[0].part.id])


@register_page
class Reconcile(ConsolePage, Confirmation[Preview]):
    """A bank account at the end of a statement beside the books; `?format=pdf` is the report."""

    route = "bank/reconciliation/<uuid:statement_id>/"
    url_name = "bank_reconciliation"
    title = "Reconciliation"
    permission = "bank.view"
    template_name = "admin/bank/reconciliation.html"
    moved: ClassVar[str] = "Something has changed since this page was made. Look at it again."
    statement_id: UUID

    def get(self, request: HttpRequest, statement_id: UUID) -> HttpResponse:
        """The comparison."""
        self.statement_id = statement_id
        if request.GET.get("format") == "pdf":
            compared = compare(actor=self.actor, statement_id=statement_id)
            return printed_reconciliation(actor=self.actor, compared=compared).to_response()
        return self.ask()

    def post(self, request: HttpRequest, statement_id: UUID) -> HttpResponse:
        """Confirm it."""
        self.statement_id = statement_id
        return self.answer()

    def run(self) -> Preview:
        """Keep it."""
        row = reconcile(actor=self.actor, statement_id=self.statement_id)
        return Preview(
            f"{row.bank_account.name} is reconciled until {row.reconciled_until}: "
            f"{format_amount(row.bank_balance)} {row.currency} at the bank and in the books.",
            state=f"{row.deposits_in_transit} {row.payments_in_transit} {row.unidentified} {row.unexplained}",
        )

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """The comparison, and why it cannot be confirmed."""
        if refusal is not None:
            show_error(self.request, refusal)
        compared = compare(actor=self.actor, statement_id=self.statement_id)
        return self.page(
            title=f"{compared.account.name} until {date_format(compared.day)}",
            compared=compared,
            figures={name: format_amount(amount) for name, amount in sums(compared).items()},
            may_reconcile=has_permission(self.request, "bank.reconcile"),
            bank=reverse("admin:bank"),
        )

    def show(self, outcome: Preview) -> HttpResponse:
        """What would be kept."""
        return self.page(
            title=self.title,
            template="admin/confirm_action.html",
            form=forms.Form(),
            preview=outcome,
            button="Reconciled",
            back=reverse("admin:bank"),
        )

    def done(self, outcome: Preview) -> HttpResponse:
        """Back to the accounts."""
        messages.success(self.request, outcome.summary)
        return HttpResponseRedirect(reverse("admin:bank"))

    def refuse(self, refusal: Refusal) -> HttpResponse:
        """The comparison as it is now."""
        show_error(self.request, refusal)
        return HttpResponseRedirect(self.request.path)


def _page_url(wanted: Narrowed, page: int) -> str:
    return f"?{urlencode({**said_by(wanted), 'page': str(page)})}"


def _certain_url(wanted: Narrowed) -> str:
    said = urlencode(said_by(wanted))
    return reverse("admin:bank_certain") + (f"?{said}" if said else "")
