"""The console's pages of bank statements, their lines, match rules and reconciliations."""

from __future__ import annotations

from gzip import decompress
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from bank.errors import StatementNotFound
from bank.faces import LINE_FACE, RECONCILIATION_FACE, RULE_FACE, STATEMENT_FACE
from bank.models import (
    Explanation,
    MatchRule,
    Reconciliation,
    Statement,
    StatementFile,
    StatementLine,
)
from bank.services.accepting import accept_statement, refuse_statement, type_balance
from bank.services.explaining import undo_explanation
from bank.services.held_lines import decide_line
from bank.services.processing import wake_after_commit
from bank.services.writing_rules import change_rule
from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.row_actions import RowAction, RowActionAdmin, RowLink
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from batconnect.core.models import Approval
from ledger.admin_filters import CurrencyFilter
from ledger.previews import posted_by
from ledger.querysets import with_account_names

_ACCEPT: Final = "bank.accept"
_EXPLAIN: Final = "bank.explain"
_UNDECIDED: Final = (Statement.Status.HELD, Statement.Status.WAITING)


def _accept(actor: Actor, row: Statement, values: dict[str, Any]) -> Preview:
    def run() -> str:
        taken = accept_statement(actor=actor, statement_id=row.id, reason=values["reason"])
        wake_after_commit(actor.company_id, [taken.bank_account_id])
        return f"{taken} of {row.bank_account.name} is taken; its lines are booked in the background."

    return posted_by(actor=actor, run=run)


def _refuse(actor: Actor, row: Statement, values: dict[str, Any]) -> Preview:
    refused = refuse_statement(actor=actor, statement_id=row.id, reason=values["reason"])
    return Preview(f"{refused} of {row.bank_account.name} is left out: none of its lines is booked.")


class BalanceForm(forms.Form):
    """What the bank says the account stood at."""

    closing = TypedMoneyField(
        widget=UnfoldAdminTextInputWidget(),
        signed=True,
        label="Closing balance",
        help_text="As the bank says it; below zero when overdrawn.",
    )


def _balance(actor: Actor, row: Statement, values: dict[str, Any]) -> Preview:
    done = type_balance(actor=actor, statement_id=row.id, closing=values["closing"])
    proven = "is proven" if done.is_proven else "is not proven: a statement before it is missing"
    return Preview(f"{done} closes with {format_amount(values['closing'])} {done.currency}, and {proven}.")


def _file(actor: Actor, row: Statement) -> HttpResponse:
    kept = StatementFile.objects.filter(company_id=actor.company_id, checksum=row.checksum).first()
    if kept is None:
        raise StatementNotFound("The file of this statement was not kept.")
    answer = HttpResponse(decompress(bytes(kept.content)), content_type="application/octet-stream")
    name = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in kept.name)
    answer["Content-Disposition"] = f'attachment; filename="{name or row.id}"'
    return answer


def _reconciliation(actor: Actor, row: Any) -> HttpResponse:
    statement = row.statement_id if isinstance(row, Reconciliation) else row.id
    return HttpResponseRedirect(reverse("admin:bank_reconciliation", args=[statement]))


ACCEPT: Final = RowAction(
    name="accept",
    title="Take it all the same",
    permission=_ACCEPT,
    icon="task_alt",
    variant=ActionVariant.PRIMARY,
    form=ReasonForm,
    run=_accept,
    offered=lambda actor, row: row.status in _UNDECIDED,
)
REFUSE: Final = RowAction(
    name="refuse",
    title="Leave it out",
    permission=_ACCEPT,
    icon="block",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_refuse,
    offered=lambda actor, row: row.status in _UNDECIDED,
)
BALANCE: Final = RowAction(
    name="balance",
    title="Type the closing balance",
    permission="bank.import_statements",
    icon="edit",
    form=BalanceForm,
    run=_balance,
    offered=lambda actor, row: row.status == Statement.Status.BOOKED and row.closing is None,
)
FILE: Final = RowLink(
    name="file", title="The file as it came", permission="bank.view", icon="download", leads_to=_file
)
RECONCILIATION: Final = RowLink(
    name="reconciliation",
    title="Beside the books",
    permission="bank.view",
    icon="fact_check",
    leads_to=_reconciliation,
    offered=lambda actor, row: row.status == Statement.Status.BOOKED and row.closing is not None,
)


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Statements with the bank's figures, and how far their lines are booked."""

    list_display = (
        *("created_at", "bank_account", "sequence_no", "period_from", "period_to", "opening", "closing"),
        *("status", "is_proven", "new_lines", "known_lines", "held_lines"),
    )
    list_filter = ("status", "format", "is_proven", CurrencyFilter, "period_to")
    list_select_related = ("bank_account",)
    search_fields = ("sequence_no", "file_name", "message_id")
    ordering = ("-id",)
    face = STATEMENT_FACE
    row_actions = (ACCEPT, REFUSE, BALANCE, RECONCILIATION, FILE)


def _book(actor: Actor, row: StatementLine, values: dict[str, Any]) -> Preview:
    def run() -> str:
        line = decide_line(actor=actor, line_id=row.id, is_known=False)
        return f"{format_amount(line.amount)} {line.currency} of {line.booked_on} is another line, and is booked."

    return posted_by(actor=actor, run=run)


def _known(actor: Actor, row: StatementLine, values: dict[str, Any]) -> Preview:
    line = decide_line(actor=actor, line_id=row.id, is_known=True)
    return Preview(f"{format_amount(line.amount)} {line.currency} of {line.booked_on} is known already.")


def _undo(actor: Actor, row: StatementLine, values: dict[str, Any]) -> Preview:
    live = _live(actor, row)

    def run() -> str:
        done = [
            undo_explanation(actor=actor, explanation_id=each, reason=values["reason"])
            for each in live.order_by("part_id", "operation_id", "id")
            .distinct("part_id", "operation_id")
            .values_list("id", flat=True)
        ]
        waits = [describe_waiting(each) for each in done if isinstance(each, Approval)]
        return " ".join(waits) or "The line is open again."

    return posted_by(actor=actor, run=run)


def _live(actor: Actor, row: StatementLine) -> models.QuerySet[Explanation]:
    return Explanation.objects.filter(
        company_id=actor.company_id, part__line=row.id, status=Explanation.Status.LIVE
    )


def _is_held(actor: Actor, row: StatementLine) -> bool:
    return row.state == StatementLine.State.HELD


@admin.register(StatementLine)
class StatementLineAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Lines of statements, as the bank says them, with what became of each."""

    list_display = (
        *("booked_on", "bank_account", "direction", "amount", "currency", "payer_name", "text"),
        *("bank_reference", "mark", "state"),
    )
    list_filter = ("state", "direction", "kind", "mark", CurrencyFilter, "booked_on", "amount")
    list_select_related = ("bank_account",)
    date_hierarchy = "booked_on"
    search_fields = ("payer_name", "payer_account", "text", "bank_reference", "end_to_end_id")
    ordering = ("-id",)
    face = LINE_FACE
    row_actions = (
        RowAction(
            name="book",
            title="It is another line",
            permission=_EXPLAIN,
            icon="playlist_add",
            variant=ActionVariant.PRIMARY,
            form=forms.Form,
            run=_book,
            offered=_is_held,
        ),
        RowAction(
            name="known",
            title="It is known already",
            permission=_EXPLAIN,
            icon="content_copy",
            form=forms.Form,
            run=_known,
            offered=lambda actor, row: _is_held(actor, row) and row.same_as_id is not None,
        ),
        RowAction(
            name="undo",
            title="Take the explanation back",
            permission=_EXPLAIN,
            icon="undo",
            variant=ActionVariant.DANGER,
            form=ReasonForm,
            run=_undo,
            offered=lambda actor, row: _live(actor, row).exists(),
        ),
    )


class RuleForm(forms.Form):
    """What the rule looks for, and what people should know of it."""

    pattern = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)
    note = forms.CharField(max_length=200, required=False, widget=UnfoldAdminTextInputWidget)


def _edit_rule(actor: Actor, row: MatchRule, values: dict[str, Any]) -> Preview:
    rule = change_rule(actor=actor, rule_id=row.id, pattern=values["pattern"], note=values["note"])
    return Preview(f"The rule looks for {rule.pattern}.", state=str(rule.version))


def _switch(actor: Actor, row: MatchRule, values: dict[str, Any]) -> Preview:
    rule = change_rule(actor=actor, rule_id=row.id, is_active=not row.is_active)
    return Preview(f"{rule} is switched {'on' if rule.is_active else 'off'}.", state=str(rule.version))


@admin.register(MatchRule)
class MatchRuleAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What was learned of lines, with how often it was right and wrong."""

    list_display = (
        *("on", "pattern", "direction", "customer", "account_named", "is_active", "hits", "misses"),
        *("last_hit_at", "created_by"),
    )
    list_filter = ("on", "direction", "is_active", "is_learned")
    list_select_related = ("customer",)
    search_fields = ("pattern", "customer__name", "account_code")
    ordering = ("-id",)
    face = RULE_FACE
    row_actions = (
        RowAction(
            name="edit",
            title="Change",
            permission="bank.change_rules",
            icon="edit",
            form=RuleForm,
            run=_edit_rule,
            initial=lambda actor, row: {"pattern": row.pattern, "note": row.note},
        ),
        RowAction(
            name="switch_off",
            title="Switch off",
            permission="bank.change_rules",
            icon="toggle_off",
            form=forms.Form,
            run=_switch,
            offered=lambda actor, row: row.is_active,
        ),
        RowAction(
            name="switch_on",
            title="Switch on",
            permission="bank.change_rules",
            icon="toggle_on",
            form=forms.Form,
            run=_switch,
            offered=lambda actor, row: not row.is_active,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return with_account_names(super().get_queryset(request), account="account_code")

    @admin.display(description="account", ordering="account_code")
    def account_named(self, row: MatchRule) -> str:
        """The account's name and code."""
        return str(row.account_named)  # type: ignore[attr-defined]  # of `with_account_names`


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Until when bank accounts agree with their banks."""

    list_display = (
        *("reconciled_until", "bank_account", "bank_balance", "book_balance", "currency"),
        *(
            "deposits_in_transit",
            "payments_in_transit",
            "unidentified",
            "unexplained",
            "made_by",
            "created_at",
        ),
    )
    list_filter = (CurrencyFilter, "reconciled_until")
    list_select_related = ("bank_account",)
    ordering = ("-id",)
    face = RECONCILIATION_FACE
    row_actions = (
        RowLink(
            name="report",
            title="Beside the books",
            permission="bank.view",
            icon="fact_check",
            leads_to=_reconciliation,
        ),
    )
