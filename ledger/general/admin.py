"""The console's pages on accounts, manual entries and exports of the journal: they change through their actions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminTextInputWidget,
)

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.row_actions import RowAction, RowActionAdmin, RowLink
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_count
from batconnect.core.models import Approval
from ledger.admin_filters import CurrencyFilter
from ledger.faces import ACCOUNT_FACE
from ledger.general.actions import JournalEntryForm, offer_accounts
from ledger.general.faces import EXPORT_FACE, MANUAL_ENTRY_FACE
from ledger.general.models import JournalExport, ManualEntry
from ledger.general.services.accounts import name_account
from ledger.general.services.exporting import FILES, export_journal, plan_journal_export
from ledger.general.services.manual import ENTER, enter_journal, void_manual_entry
from ledger.models import Account
from ledger.previews import posted_by

LEDGER_REPORT: Final = "account-ledger"
"""The console's report of an account in detail."""
_FILE_TITLES: Final = {"journal": "Journal", "totals": "Control totals", "numbers": "Numbers of the year"}


class AccountNameForm(forms.Form):
    """The company's own number and name."""

    own_number = forms.CharField(max_length=20, required=False, widget=UnfoldAdminTextInputWidget())
    own_name = forms.CharField(max_length=100, required=False, widget=UnfoldAdminTextInputWidget())


class PeriodForm(forms.Form):
    """Which period."""

    first = DayField(label="From")
    last = DayField(label="To")


def _enter(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = enter_journal(
            actor=actor,
            on=values["date"],
            lines=values["lines"],
            reason=values["reason"],
            currency=values["currency"],
            reverse_on=values["reverse_on"],
        )
        if isinstance(done, Approval):
            return describe_waiting(done)
        back = f" It is taken back on {done.reverse_on}." if done.reverse_on else ""
        return f"{done.number} for {format_amount(done.amount)} {done.currency} on {done.effective_on}.{back}"

    return posted_by(actor=actor, run=run)


def _void(actor: Actor, row: ManualEntry, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = void_manual_entry(actor=actor, manual_entry_id=row.id, reason=values["reason"])
        return describe_waiting(done) if isinstance(done, Approval) else f"{done.number} is voided."

    return posted_by(actor=actor, run=run)


def _name(actor: Actor, row: Account, values: dict[str, Any]) -> Preview:
    account = name_account(actor=actor, account_id=row.id, **values)
    called = " ".join(text for text in (account.own_number, account.own_name) if text)
    return Preview(f"{account.code} in {account.currency} is called {called or account.name}.")


def _ledger_of(actor: Actor, row: Account) -> HttpResponse:
    """The account in detail, this year so far."""
    asked = {
        "account": row.code,
        "currency": row.currency,
        "first": today(actor.company).replace(month=1, day=1),
    }
    return HttpResponseRedirect(f"{reverse('admin:report', args=[LEDGER_REPORT])}?{urlencode(asked)}")


def _export(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    # A second click would find one more than the first.
    earlier = JournalExport.objects.filter(company_id=actor.company_id).count()
    return _told_export(*export_journal(actor=actor, **values), earlier)


def _plan_export(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    earlier = JournalExport.objects.filter(company_id=actor.company_id).count()
    return _told_export(*plan_journal_export(actor=actor, **values), earlier)


def _told_export(made: JournalExport, is_new: bool, earlier: int) -> Preview:
    how = "is written" if is_new else "was written before; nothing has been booked into it since"
    left = (
        f" Left out, without a number yet: {format_count(made.left_out, 'entry', 'entries')}."
        if made.left_out
        else ""
    )
    return Preview(
        f"{made}, with {format_count(made.entries, 'entry', 'entries')} and "
        f"{format_count(made.postings, 'posting')}, {how}.{left}",
        ("currency", "debit", "credit"),
        tuple((each["currency"], each["debit"], each["credit"]) for each in made.totals),
        state=str(earlier),
    )


def _last_month(actor: Actor, row: None) -> dict[str, date]:
    last = today(actor.company).replace(day=1) - timedelta(days=1)
    return {"first": last.replace(day=1), "last": last}


ENTER_JOURNAL: Final = RowAction(
    name="enter",
    title="Enter in the journal",
    permission=ENTER,
    icon="edit_note",
    variant=ActionVariant.PRIMARY,
    form=JournalEntryForm,
    prepare=offer_accounts,
    run=_enter,
    initial=lambda actor, row: {"date": today(actor.company), "currency": actor.company.base_currency},
)
VOID_MANUAL_ENTRY: Final = RowAction(
    name="void",
    title="Void",
    permission="ledger.void",
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_void,
    offered=lambda actor, row: row.reversal_id is None,
)
NAME_ACCOUNT: Final = RowAction(
    name="own_number",
    title="Own number and name",
    permission=ENTER,
    icon="tag",
    form=AccountNameForm,
    run=_name,
    initial=lambda actor, row: {"own_number": row.own_number, "own_name": row.own_name},
)
ACCOUNT_LEDGER: Final = RowLink(
    name="ledger",
    title="Account in detail",
    permission="ledger.view",
    icon="list_alt",
    leads_to=_ledger_of,
)
EXPORT_JOURNAL: Final = RowAction(
    name="export",
    title="Export a period",
    permission="ledger.export",
    icon="ios_share",
    variant=ActionVariant.PRIMARY,
    form=PeriodForm,
    run=_export,
    plan=_plan_export,
    initial=_last_month,
)


def _fetch(name: str) -> RowLink:
    """The file, from the address where clients fetch it too."""
    return RowLink(
        name=f"fetch_{name}",
        title=_FILE_TITLES[name],
        permission="ledger.export",
        icon="download",
        leads_to=lambda actor, row: HttpResponseRedirect(
            f"{reverse('journal-export-download', args=[row.pk])}?file={name}"
        ),
    )


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin, RowActionAdmin):
    """The chart of accounts, with the company's own numbers and names."""

    list_display = ("code", "name", "own_number", "own_name", "kind", "currency")
    list_filter = ("kind", "currency")
    search_fields = ("code", "name", "own_number", "own_name")
    ordering = ("currency", "code")
    row_actions = (ACCOUNT_LEDGER, NAME_ACCOUNT)
    face = ACCOUNT_FACE


@admin.register(ManualEntry)
class ManualEntryAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What was entered in the journal by hand."""

    list_display = (
        *("number", "effective_on", "amount", "currency", "reason", "reverse_on", "is_voided"),
        *("entered_by", "approved_by", "entry"),
    )
    list_filter = ("is_voided", CurrencyFilter, "effective_on", "amount")
    date_hierarchy = "effective_on"
    totals = ("amount",)
    list_select_related = ("entry", "reversal")
    search_fields = ("^number",)
    ordering = ("-number_order",)
    list_actions = (ENTER_JOURNAL,)
    row_actions = (VOID_MANUAL_ENTRY,)
    face = MANUAL_ENTRY_FACE


@admin.register(JournalExport)
class JournalExportAdmin(ReadOnlyAdmin, RowActionAdmin):
    """The journal of a period as files; each entry is in one of them."""

    list_display = ("first", "last", "part", "entries", "postings", "left_out", "made_by", "made_at")
    list_filter = ("first", "made_at")
    ordering = ("-id",)
    list_actions = (EXPORT_JOURNAL,)
    row_actions = tuple(_fetch(name) for name in FILES)
    face = EXPORT_FACE
