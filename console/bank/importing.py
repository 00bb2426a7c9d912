"""The page that imports a bank's statement: checked first, its columns named where they have to be, then taken."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from bank.readers.guess import Guess, guess_form
from bank.readers.interface import UnreadableStatement
from bank.readers.refusals import MAPPING_MISSING
from bank.services.intake import Received, receive_statements
from bank.services.mappings import add_mapping
from bank.services.processing import wake_after_commit
from bank.services.trying import StatementDryRun, dry_run
from batconnect.core.console.refusals import show_in_form
from batconnect.core.files.waiting import drop_upload, keep_upload, kept_upload
from batconnect.core.kernel.errors import InvalidInput, Refusal
from batconnect.core.serving.throttling import limit_requests
from console.bank.forms import ColumnsForm, ImportForm
from console.pages import ConsolePage, register_page
from payments.batches.errors import SameFile


@register_page
class ImportStatement(ConsolePage):
    """Choose a file, see what it would become, take it. A table whose columns nobody named is shown to be named."""

    route = "bank/import/"
    url_name = "bank_import"
    title = "Import a statement"
    icon = "upload_file"
    permission = "bank.import_statements"
    template_name = "admin/bank/import.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        return self._show(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """`do` is `check`, which keeps the file only, `columns`, which saves what they are, or `take`."""
        form = self._form(request.POST, request.FILES, offer_again="again_offered" in request.POST)
        if not form.is_valid():
            return self._show(form)
        content, name = self._file(form.cleaned_data)
        if content is None:
            form.add_error("file", "The file that was checked is not kept any more: choose it again.")
            return self._show(form)
        try:
            if request.POST.get("do") == "columns":
                return self._name_columns(form, content, name)
            if request.POST.get("do") == "take":
                return self._take(form.cleaned_data, content, name)
            return self._check(form.cleaned_data, content, name)
        except SameFile as refusal:
            return self._show(
                self._anew(form.cleaned_data, content, name, offer_again=True), earlier=refusal.message
            )
        except Refusal as refusal:
            if isinstance(refusal, InvalidInput) and refusal.code == MAPPING_MISSING:
                guess = self._guess(form, content)
                if guess is not None:
                    anew = self._anew(form.cleaned_data, content, name)
                    return self._show(anew, columns=ColumnsForm(guess=guess), guess=guess)
            show_in_form(form, refusal)
            return self._show(form)

    def _check(self, values: dict[str, Any], content: bytes, name: str) -> HttpResponse:
        tried = dry_run(actor=self.actor, **self._said(values, content, name))
        return self._show(
            self._anew(values, content, name),
            tried=[(each, _figures(each)) for each in tried.statements],
            notified=tried.notified,
        )

    def _name_columns(self, form: ImportForm, content: bytes, name: str) -> HttpResponse:
        """Save what the columns are, and check the file by that."""
        guess = self._guess(form, content)
        if guess is None:
            return self._show(form)
        columns = ColumnsForm(self.request.POST, guess=guess)
        if columns.is_valid():
            try:
                mapping = add_mapping(actor=self.actor, **columns.cleaned_data)
            except Refusal as refusal:
                show_in_form(columns, refusal)
            else:
                messages.success(self.request, f"The columns are saved as {mapping.name}.")
                return self._check({**form.cleaned_data, "mapping": str(mapping.id)}, content, name)
        return self._show(self._anew(form.cleaned_data, content, name), columns=columns, guess=guess)

    def _take(self, values: dict[str, Any], content: bytes, name: str) -> HttpResponse:
        """Receive it, and go on to its page, where its lines are seen to be booked."""
        limit_requests(
            name="statement_uploads",
            subject=str(self.actor.company_id),
            limit=settings.THROTTLE_BATCHES_PER_MINUTE,
            seconds=60,
        )
        received = receive_statements(
            actor=self.actor,
            **self._said(values, content, name),
            force=values.get("again", False),
            strategy=values["strategy"],
        )
        wake_after_commit(self.actor.company_id, received.accounts)
        drop_upload(self._owner)
        messages.success(self.request, _told(received))
        if received.notified is not None:
            return HttpResponseRedirect(reverse("admin:bank_banknotification_changelist"))
        rows = [*received.statements, *received.repeated]
        if len(rows) == 1:
            return HttpResponseRedirect(reverse("admin:bank_statement_change", args=[rows[0].id]))
        return HttpResponseRedirect(reverse("admin:bank_statement_changelist"))

    def _guess(self, form: ImportForm, content: bytes) -> Guess | None:
        """How the table may be read; None, with the reason at the file, for what is not a table."""
        try:
            return guess_form(BytesIO(content), currency=self.actor.company.base_currency)
        except UnreadableStatement as error:
            show_in_form(form, InvalidInput(error.message, field="file"))
            return None

    @property
    def _owner(self) -> str:
        """Whose the kept file is: one of each person and company."""
        return f"{self.actor.company_id}.{self.actor.user_id}.statement"

    def _file(self, values: dict[str, Any]) -> tuple[bytes | None, str]:
        """The file that was chosen, else the one that is kept; None when that is gone."""
        if chosen := values["file"]:
            return chosen.read(), chosen.name or ""
        return kept_upload(self._owner, values["kept"]), values["kept_name"]

    def _said(self, values: dict[str, Any], content: bytes, name: str) -> dict[str, Any]:
        ids = {each: UUID(values[each]) if values[each] else None for each in ("bank_account", "mapping")}
        return {
            "content": content,
            "file_name": name,
            "bank_account_id": ids["bank_account"],
            "mapping_id": ids["mapping"],
        }

    def _form(self, *given: Any, **options: Any) -> ImportForm:
        return ImportForm(*given, company_id=self.actor.company_id, **options)

    def _anew(
        self, values: dict[str, Any], content: bytes, name: str, *, offer_again: bool = False
    ) -> ImportForm:
        """The form as it was filled in, with the file kept for the next click."""
        kept = {"kept": keep_upload(self._owner, content), "kept_name": name[:200]}
        said = {each: values[each] for each in ("bank_account", "mapping", "strategy")}
        return self._form(initial={**said, **kept}, offer_again=offer_again or "again" in values)

    def _show(self, form: ImportForm, **more: Any) -> HttpResponse:
        return self.page(
            form=form, again_offered="again" in form.fields, kept=form["kept_name"].value(), **more
        )


def _figures(tried: StatementDryRun) -> list[tuple[str, int]]:
    """How many lines are what, but those of which there are none."""
    counted = (
        ("new", tried.new_lines),
        ("known already", tried.known_lines),
        ("likely known", tried.likely_known_lines),
        ("held", tried.held_lines),
        ("waiting", tried.waiting_lines),
        ("shown only", tried.shown_lines),
    )
    return [(name, count) for name, count in counted if count]


def _told(received: Received) -> str:
    if (notified := received.notified) is not None:
        problems = f", {len(notified.problems)} not read" if notified.problems else ""
        return (
            f"Details of lines: {notified.new} new, {notified.known} known already{problems}. They are joined to their "
            "lines in the background."
        )
    taken, there = len(received.statements), len(received.repeated)
    if not taken:
        return "Nothing was taken: it is there already, with the same content."
    some = (
        f"{taken} statement{' is' if taken == 1 else 's are'} taken; the lines are booked in the background."
    )
    return f"{some} {there} more {'is' if there == 1 else 'are'} there already." if there else some
