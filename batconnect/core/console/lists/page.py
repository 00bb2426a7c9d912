"""A list of the console: what `BaseAdmin` gives to every table's page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters, ShowFacets
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from batconnect.core.console.lists.changelist import (
    ADD_UP_VAR,
    BoundedChangeList,
    UncountedChangeList,
    UnknownFilter,
)
from batconnect.core.console.lists.days import DATE_PARTS
from batconnect.core.console.lists.downloads import MAX_ROWS, download
from batconnect.core.console.lists.filters import filter_for, parameters_of
from batconnect.core.console.lists.presets import main_date
from batconnect.core.console.lists.search import BEGINS, check_search, search
from batconnect.core.console.lists.sorting import Order
from batconnect.core.console.lists.views import NOT_SAVED, ViewsAdmin
from batconnect.core.console.rights import actor_of, has_permission
from batconnect.core.console.saved_filters import filters_for
from batconnect.core.files.exports import FORMATS
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.permissions import PERMISSIONS
from batconnect.core.kernel.subject import find_subject


class ListAdmin(ViewsAdmin):
    """Declare `totals`, the amounts to add up, and `totals_currency` where the currency is not a column of the table;
    `sorts`, the orders that an index serves (see `lists.sorting`); `date_hierarchy`, `list_filter` (with
    `lists.filters`) and `search_fields` (see `lists.search`) as in Django.
    """

    totals: ClassVar[Sequence[str]] = ()
    sorts: ClassVar[Sequence[Order]] = ()
    totals_currency: ClassVar[str] = ""
    export_permission: ClassVar[str | None] = None
    list_filter_submit = True
    show_facets = ShowFacets.NEVER  # each would count the whole table
    list_before_template = "admin/lists/before.html"
    view_permission: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.totals and not self.totals_currency:
            self.totals_currency = "currency"  # type: ignore[misc]  # a table's own column, if nothing else is said
        if self.search_fields and not getattr(self, "search_help_text", None):
            self.search_help_text = self._search_help()

    def _search_help(self) -> str:
        """What the search box looks in: `Number, customer`."""
        paths = [
            get_fields_from_path(self.model, field.lstrip(f"{BEGINS}=@")) for field in self.search_fields
        ]
        return capfirst(", ".join(dict.fromkeys(str(path[-2:][0].verbose_name) for path in paths)))

    @cached_property
    def list_url(self) -> str:
        """The name of the list's address; `_download` and `_saved_filters` follow from it."""
        return f"{self.opts.app_label}_{self.opts.model_name}"

    @admin.display(description="")
    def action_checkbox(self, obj: Any) -> SafeString:
        """The box before a row, without the theme's classes in each."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="Choose this row">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        return UncountedChangeList if getattr(request, "counts_nothing", False) else BoundedChangeList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        if ADD_UP_VAR in request.GET:
            query: Any = request.GET.copy()
            del query[ADD_UP_VAR]
            request.GET = query
            request.adds_up_everything = True  # type: ignore[attr-defined]  # read by the changelist
        return super().get_changelist_instance(request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """The declared filters, and that of the list's days; a column's name stands for the filter that fits it."""
        declared = list(super().get_list_filter(request))
        day = main_date(self)
        if day and day not in declared and not any(_path(each) == day for each in declared):
            declared.append(day)
        return [
            filter_for(self.model, each, self.admin_site) if isinstance(each, str) else each
            for each in declared
        ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Whether the list reads this parameter: its filters' own and the days of its `date_hierarchy`, nothing else.

        Django's rule lets every column of the table be compared with anything, so that whoever sees a list of users
        could read their passwords' hashes letter by letter.
        """
        if request is None:
            return False
        days = {f"{self.date_hierarchy}__{part}" for part in DATE_PARTS} if self.date_hierarchy else set()
        return lookup in days.union(*(parameters_of(each) for each in self.get_list_filter(request)))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        check_search(search_term)
        fields = tuple(self.get_search_fields(request))
        if not any(field.startswith(BEGINS) for field in fields):
            return super().get_search_results(request, queryset, search_term)
        return search(queryset, fields=fields, text=search_term), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if self.has_view_permission(request) and (view := self.opened_view(request)) is not None:
            return view
        if ERROR_FLAG in request.GET:
            messages.error(
                request, "The address names a filter that this list cannot read, so the list shows all rows."
            )
        context = {
            "title": find_subject(self.model).title,
            "saved_filters": filters_for(actor=actor_of(request), page=self.opts.label_lower)
            if self.has_view_permission(request)
            else [],
            "saved_filters_url": reverse(f"admin:{self.list_url}_saved_filters"),
            "column_choices": self.column_choices(request),
            "opening_view": self.opens_with(request),
            "downloads": self._downloads(request),
            **(extra_context or {}),
        }
        try:
            return super().changelist_view(request, context)
        except UnknownFilter as refusal:
            return self._refused(request, refusal)

    def _refused(self, request: HttpRequest, refusal: UnknownFilter) -> HttpResponse:
        """A page that names the filter: rows without it would pass for what was asked for."""
        context = {
            **self.admin_site.each_context(request),
            "title": find_subject(self.model).title,
            "opts": self.opts,
            "message": refusal.message,
            "list_url": reverse(f"admin:{self.list_url}_changelist"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/lists/unknown_filter.html", context, status=refusal.status)

    def _downloads(self, request: HttpRequest) -> list[tuple[str, str]]:
        if not self.has_download_permission(request):
            return []
        titles = {"excel": "Excel", "csv": "CSV", "pdf": "PDF"}
        return [
            (f"{titles[format]}, up to {MAX_ROWS[format]:,} rows", self._download_url(format))
            for format in FORMATS
        ]

    def _download_url(self, format: str) -> str:
        return reverse(f"admin:{self.list_url}_download", args=[format])

    def has_download_permission(self, request: HttpRequest) -> bool:
        """Those who see the list and may export from its app; where there is no such right, those who see the list."""
        app_export = f"{self.view_permission.partition('.')[0]}.export"
        needed = self.export_permission or (app_export if app_export in PERMISSIONS else self.view_permission)
        return self.has_view_permission(request) and has_permission(request, needed)

    def get_urls(self) -> list[URLPattern]:
        list_urls = [
            path(
                "download/<slug:format>/",
                self.admin_site.admin_view(self.download_view),
                name=f"{self.list_url}_download",
            ),
            path(
                "saved-filters/",
                self.admin_site.admin_view(self.saved_filters_view),
                name=f"{self.list_url}_saved_filters",
            ),
        ]
        return [*list_urls, *super().get_urls()]

    def download_view(self, request: HttpRequest, format: str) -> HttpResponse:
        """The filtered rows as a file. Raises PermissionDenied without the right; a Refusal when there are too many."""
        if not self.has_download_permission(request):
            raise PermissionDenied
        if format not in FORMATS:
            raise Http404
        return download(request, self.uncounted(request, request.GET), format=format)  # type: ignore[return-value]  # a streaming response

    def uncounted(self, request: HttpRequest, query: QueryDict) -> Any:
        """The list that the query asks for, without a page of it.

        Raises InvalidInput when the list does not know a parameter, or cannot read its value.
        """
        kept = request.GET
        parameters = query.copy()
        for name in NOT_SAVED:
            parameters.pop(name, None)
        request.GET, request.counts_nothing = parameters, True  # type: ignore[assignment, attr-defined]
        try:
            changelist = self.get_changelist_instance(request)
        except (
            IncorrectLookupParameters,
            FieldDoesNotExist,
            ValidationError,
        ) as error:
            raise InvalidInput(
                "This list has no such filter, or cannot read its value.", field="query"
            ) from error
        finally:
            request.GET, request.counts_nothing = kept, False  # type: ignore[attr-defined]
        return changelist


def _path(declared: Any) -> str:
    """The column that a filter is declared for; empty for one of a class alone."""
    return str(declared[0]) if isinstance(declared, tuple) else ""
