"""The pages of reports: the menu, each report with its form and totals, and the report as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.safestring import SafeString

from batconnect.core.console.base import actor_of
from batconnect.core.console.markup import escaped, put_together
from batconnect.core.files.exports import FORMATS, export_response, read_format
from batconnect.core.files.exports.columns import printed
from batconnect.core.files.exports.excel import MAX_EXCEL_ROWS
from batconnect.core.files.exports.list_pdf import MAX_PDF_ROWS
from batconnect.core.kernel.words import say_days
from console.addresses import page_of
from console.pages import ConsolePage, register_page
from console.reports.catalog import REPORTS, reports_for
from console.reports.forms import ParametersForm
from console.reports.reading import (
    ROWS_PER_SCREEN,
    Page,
    Total,
    Totals,
    read_page,
    read_rows,
    read_totals,
)
from console.reports.report import Answer, Report, ReportColumn
from console.search.places import Place, register_places

_LABELS: Final = (("excel", "Excel", "table_view"), ("pdf", "PDF", "picture_as_pdf"), ("csv", "CSV", "csv"))
_LARGEST_PAGE: Final = 10_000_000


@register_places
def _places(request: HttpRequest) -> Iterator[Place]:
    """The reports, to be found by name."""
    for report in reports_for(actor_of(request)):
        yield Place(report.title, "Reports", reverse("admin:report", args=[report.slug]), report.icon)


@register_page
class ReportsPage(ConsolePage):
    """What there is, with a sentence each."""

    route = "reports/"
    url_name = "reports"
    title = "Reports"
    icon = "summarize"
    permission = "ledger.view"
    template_name = "admin/reports/menu.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The reports that one may see."""
        return self.page(reports=reports_for(self.actor))


class _OneReport(ConsolePage):
    """A page of the report that its address names. Raises Http404 for another, PermissionDenied without the right."""

    title = "Report"
    permission = "ledger.view"
    may_lag = True
    report: Report

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        report = REPORTS.get(kwargs["report"])
        if report is None:
            raise Http404
        self.report = report
        return super().dispatch(request, *args, **kwargs)

    def asked(self) -> tuple[ParametersForm, Answer | None]:
        """The form of the address's parameters, and what they ask for unless they are wrong."""
        if not self.report.may_see(self.actor):
            raise PermissionDenied
        form = self.report.form(actor=self.actor, query=self.request.GET)
        return form, Answer(self.report, self.actor, form.cleaned_data) if form.is_valid() else None


@register_page
class ReportPage(_OneReport):
    """The form, a page of the rows, and the totals of them all."""

    route = "reports/<slug:report>/"
    url_name = "report"
    template_name = "admin/reports/report.html"

    def get(self, request: HttpRequest, report: str) -> HttpResponse:
        """Show the report for the address's parameters; errors are shown beside their fields."""
        form, answer = self.asked()
        context: dict[str, Any] = {"report": self.report, "form": form}
        if answer is not None:
            page = read_page(answer=answer, number=_number(request.GET.get("page", "")))
            context |= {"found": page, **_table(answer, page), **_addresses(answer, form, page)}
        return self.page(title=self.report.title, **context)


@register_page
class ReportFilePage(_OneReport):
    """The whole report as a file."""

    route = "reports/<slug:report>/file/"
    url_name = "report_file"
    template_name = "admin/reports/report.html"

    def get(self, request: HttpRequest, report: str) -> HttpResponseBase:
        """Send the file; if there cannot be one, the report's page says why."""
        if not self.report.may_export(self.actor):
            raise PermissionDenied
        form, answer = self.asked()
        back = f"{reverse('admin:report', args=[self.report.slug])}?{_without(request.GET, 'format')}"
        if answer is None:
            return HttpResponseRedirect(back)
        format = read_format(request.GET)
        totals = read_totals(answer=answer)
        limit = FORMATS[format][3]
        if limit is not None and totals.rows > limit:
            messages.error(request, _too_large(format, totals.rows, limit))
            return HttpResponseRedirect(back)
        return export_response(
            read_rows(answer=answer),
            answer.columns,
            format=format,
            name=self.report.slug,
            title=self.report.title,
            actor=self.actor,
            filters=form.asked(),
            totals=_closing_rows(answer, totals),
            branded=True,
        )


def _number(text: str) -> int:
    """The page that is asked for; the first one if the text is not a number."""
    return min(max(int(text), 1), _LARGEST_PAGE) if text.isascii() and text.isdecimal() else 1


def _too_large(format: str, rows: int, limit: int) -> str:
    names = {name: label for name, label, _ in _LABELS}
    return (
        f"The report has {rows:,} rows, and {names[format]} takes {limit:,} at most. Narrow the parameters, or take "
        f"{'CSV' if format == 'excel' else 'Excel or CSV'}."
    )


def _without(query: Any, *names: str) -> str:
    kept = query.copy()
    for name in names:
        kept.pop(name, None)
    return str(kept.urlencode())


def _addresses(answer: Answer, form: ParametersForm, page: Page) -> dict[str, Any]:
    """Where the files and the other pages are, with every parameter written out: such a link always asks the same."""
    parameters = {name: form.data[name] for name in form.fields if form.data.get(name)}
    address = reverse("admin:report", args=[answer.report.slug])
    file = reverse("admin:report_file", args=[answer.report.slug])

    def page_address(number: int) -> str:
        return f"{address}?{urlencode({**parameters, 'page': number})}" if 1 <= number <= page.count else ""

    return {
        "previous_page": page_address(page.number - 1),
        "next_page": page_address(page.number + 1),
        "files": [
            (label, icon, f"{file}?{urlencode({**parameters, 'format': name})}")
            for name, label, icon in _LABELS
        ]
        if answer.report.may_export(answer.actor)
        else [],
        "limits": f"PDF up to {MAX_PDF_ROWS:,}, Excel up to {MAX_EXCEL_ROWS:,}, CSV without limit",
        "span": _span(page),
        "place": f"Page {page.number:,} of {page.count:,}",
    }


def _span(page: Page) -> str:
    """Which rows are shown, and of what the totals are."""
    rows = page.totals.rows
    if page.totals.first_of_more:
        return (
            f"Rows {page.first:,}–{page.last:,} of the first {rows:,}; there are more. Narrow the parameters for "
            "totals, or take a file, which has every row."
        )
    if page.count == 1:
        return f"{rows:,} row{'' if rows == 1 else 's'}."
    return (
        f"Rows {page.first:,}–{page.last:,} of {rows:,}, {ROWS_PER_SCREEN} a page; "
        "the totals are those of the whole report."
    )


def _table(answer: Answer, page: Page) -> dict[str, Any]:
    broken = answer.report.breakdown(answer.values)
    return {
        "columns": answer.columns,
        "rows": _drawn(answer, page.rows),
        "totals": _drawn(answer, _total_rows(answer, page.totals.by_currency), links=False),
        "parts_title": broken.title if broken and len(page.totals.parts) > 1 else "",
        "part_columns": [column for column in answer.columns if column.total],
        "parts": [
            (
                answer.report.part(part.value),
                f"{part.rows:,}",
                [f"{part.amounts[column.key] or 0:,.2f}" for column in answer.columns if column.total],
                part.currency,
            )
            for part in page.totals.parts
        ],
    }


def _drawn(answer: Answer, rows: Sequence[Mapping[str, Any]], *, links: bool = True) -> SafeString:
    """The rows as one text: to draw a hundred of them cell by cell, a template takes longer than all the rest."""
    zone, columns = answer.zone, answer.columns

    def cell(column: ReportColumn, row: Mapping[str, Any]) -> str:
        value = row.get(column.key)
        text = escaped(say_days(printed(value, column.kind, zone)))
        if text and links and (address := _address(column, row)):
            text = f'<a href="{escaped(address)}">{text}</a>'
        return f'<td class="{_classes(column, value)}">{text}</td>'

    return put_together(f"<tr>{''.join(cell(each, row) for each in columns)}</tr>" for row in rows)


def _classes(column: ReportColumn, value: Any) -> str:
    """What the style sheet knows of a cell: its kind, whether words may break, whether an amount says nothing."""
    nothing = " zero" if column.kind == "money" and not value else ""
    return f"{column.kind}{' wraps' if column.wraps else ''}{nothing}"


def _address(column: ReportColumn, row: Mapping[str, Any]) -> str:
    for table, key in column.links:
        if row.get(key) is not None:
            return page_of(table, row[key])
    return ""


def _total_rows(answer: Answer, totals: Sequence[Total], *, words: str = "Total") -> list[dict[str, Any]]:
    """The totals as rows of the report's columns, each with its words in the first one."""
    first = answer.columns[0].key
    return [
        {
            **each.amounts,
            "currency": each.currency,
            first: f"{words} {each.currency}".strip() if each.currency else "Without an amount",
        }
        for each in totals
        if each.currency or len(totals) > 1
    ]


def _closing_rows(answer: Answer, totals: Totals) -> list[dict[str, Any]]:
    """The totals for a file's end: by currency, each followed by what it consists of."""
    if answer.report.breakdown(answer.values) is None:
        return _total_rows(answer, totals.by_currency)
    first = answer.columns[0].key
    rows = []
    for row in _total_rows(answer, totals.by_currency):
        rows.append(row)
        rows += [
            {**part.amounts, "currency": part.currency, first: f"of which {answer.report.part(part.value)}"}
            for part in totals.parts
            if part.currency == row["currency"] and part.currency
        ]
    return rows
