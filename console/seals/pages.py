"""The seals of the company's books: how far they reach, whether they hold, and files of them for the auditor."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import IO, Any, ClassVar, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from batconnect.core.kernel.words import describe_code
from batconnect.core.mailing.seal_heads import auditors_address, head_of, mails_of_heads
from batconnect.core.models import JobRun, Seal
from batconnect.core.sealing.checking import VERIFY_SEALS
from batconnect.core.sealing.packs import write_pack
from batconnect.core.sealing.waiting import seconds_unsealed
from console.pages import ConsolePage, register_page

MAX_ROWS: Final = 50_000
"""Rows in a pack that is made while somebody waits; the command has no limit."""
PACK_PERMISSION: Final = "ledger.export"
_LARGEST_NUMBER: Final = 2_000_000_000


class PackForm(forms.Form):
    """From which seal to which one."""

    first = forms.IntegerField(
        label="First seal",
        min_value=1,
        max_value=_LARGEST_NUMBER,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    last = forms.IntegerField(
        label="Last seal",
        min_value=1,
        max_value=_LARGEST_NUMBER,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def __init__(self, *args: Any, seals: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seals = seals

    def clean(self) -> dict[str, Any]:
        """Refuses numbers between which there is no seal, and more rows than MAX_ROWS."""
        values = super().clean() or {}
        if "first" not in values or "last" not in values:
            return values
        first, last = values["first"], values["last"]
        rows = self.seals.filter(number__range=(first, last)).aggregate(sum=Sum("rows"))["sum"]
        if rows is None:
            raise forms.ValidationError(f"There are no seals {first} to {last}.")
        if rows > MAX_ROWS:
            raise forms.ValidationError(
                f"Seals {first} to {last} cover {rows:,} rows, above the {MAX_ROWS:,} of a pack that is made here. "
                "Take fewer seals, or ask whoever runs the system for a pack of them all: there is no limit to that."
            )
        return values


@register_page
class SealsPage(ConsolePage):
    """The last seal with its age, what waits, the last check, the last mail; heads and packs as files."""

    route = "seals/"
    url_name = "seals"
    title = "Seals"
    icon = "verified"
    permission = "trail.view"
    template_name = "admin/seals/seals.html"
    files: ClassVar = ("heads", "pack")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The page, or with `file` one of its files."""
        seals = Seal.objects.filter(company_id=self.actor.company_id)
        match request.GET.get("file"):
            case "heads":
                return self._heads(seals)
            case "pack":
                return self._pack(request, seals)
        return self._show(seals)

    def _show(self, seals: Any, form: PackForm | None = None) -> HttpResponse:
        last = seals.order_by("-number").first()
        runs = JobRun.objects.filter(
            company_id=self.actor.company_id, task=VERIFY_SEALS, finished_at__isnull=False
        )
        checked = runs.order_by("-id").first()
        mail = mails_of_heads(actor=self.actor).first()
        if form is None and last is not None and self.actor.can(PACK_PERMISSION):
            form = PackForm(seals=seals, initial={"first": max(1, last.number - 30), "last": last.number})
        return self.page(
            status=400 if form is not None and form.errors else 200,
            last=last,
            head=head_of(last) if last else "",
            rows=seals.aggregate(sum=Sum("rows"))["sum"] or 0,
            minutes_unsealed=seconds_unsealed(actor=self.actor) // 60,
            checked=checked,
            check_state=describe_code(checked.state) if checked else "",
            differences=checked.counts.get("differences") if checked else None,
            address=auditors_address(actor=self.actor),
            mail=mail,
            mail_state=mail.get_state_display().lower() if mail else "",
            form=form,
        )

    def _heads(self, seals: Any) -> HttpResponseBase:
        text = "".join(f"{head_of(each)} {each.sealed_at.isoformat()}\n" for each in seals.order_by("number"))
        answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="seals.txt"'
        return answer

    def _pack(self, request: HttpRequest, seals: Any) -> HttpResponseBase:
        if not self.actor.can(PACK_PERMISSION):
            raise PermissionDenied
        form = PackForm(request.GET, seals=seals)
        if not form.is_valid():
            return self._show(seals, form)
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        # Closed by the answer, when it was sent.
        file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - as said above
        write_pack(actor=self.actor, first=first, last=last, file=file)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=f"seals-{first}-{last}.zip")
