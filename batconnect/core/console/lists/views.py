"""Saved views of a list: what a person sees of it (filters, order, columns), kept under a name and opened again.

Rule: docs/adr/0083-saved-views-and-orders.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.utils import label_for_field
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from batconnect.core.console.lists.changelist import ADD_UP_VAR, COLUMNS_VAR, VIEW_VAR
from batconnect.core.console.lists.columns import column_name, number_column
from batconnect.core.console.lists.sorting import by_name
from batconnect.core.console.rights import actor_of
from batconnect.core.console.saved_filters import (
    SHARE,
    choice_of,
    choose_columns,
    delete_filter,
    filters_for,
    open_with,
    rename_filter,
    save_filter,
)
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import ListChoice, SavedFilter

NOT_SAVED = (PAGE_VAR, ERROR_FLAG, ALL_VAR, IS_POPUP_VAR, TO_FIELD_VAR, ADD_UP_VAR, VIEW_VAR)
_LONGEST_QUERY = 4000


class ColumnChoice(NamedTuple):
    """A column that a person may hide; the first one, which leads to the row, stays."""

    name: str
    title: str
    is_shown: bool
    is_fixed: bool


class ViewsAdmin(ModelAdmin):
    """A list that remembers views of it; `ListAdmin` is one."""

    view_permission: str
    list_url: Any
    uncounted: Callable[..., Any]

    @cached_property
    def declared_columns(self) -> list[Any]:
        """All columns that the list has; amounts and counts as people read them."""
        return [number_column(self.model, each) or each for each in self.list_display]

    def columns_for(self, request: HttpRequest) -> list[Any]:
        """The columns that the request's person may see, in the list's order."""
        return list(self.declared_columns)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns that the address or the person chose, in the list's order; all of them otherwise."""
        chosen = self._chosen_columns(request)
        columns = self.columns_for(request)
        if not chosen:
            return columns
        return [each for place, each in enumerate(columns) if place == 0 or column_name(each) in chosen]

    def get_list_select_related(self, request: HttpRequest) -> Any:
        """The rows that shown columns name; what a hidden column alone would show is not read."""
        related = super().get_list_select_related(request)
        if isinstance(related, bool) or not self._chosen_columns(request):
            return related
        hidden = {column_name(each) for each in self.columns_for(request)} - {
            column_name(each) for each in self.get_list_display(request)
        }
        return [each for each in related if each.partition("__")[0] not in hidden]

    def choice(self, request: HttpRequest) -> ListChoice | None:
        """How the request's person has the list; read once a request."""
        kept: dict[str, ListChoice | None] = request.__dict__.setdefault("list_choices", {})
        page = self.opts.label_lower
        if page not in kept:
            kept[page] = choice_of(actor=actor_of(request), page=page)
        return kept[page]

    def opens_with(self, request: HttpRequest) -> SavedFilter | None:
        """The view that the list opens with, if the person still sees it."""
        choice = self.choice(request)
        view = choice.view if choice is not None else None
        return (
            view
            if view is not None and (view.is_shared or view.user_id == actor_of(request).user_id)
            else None
        )

    def opens_with_view(self, request: HttpRequest) -> bool:
        """Whether the bare address shows a view in place of the whole list."""
        return self.opens_with(request) is not None

    def opened_view(self, request: HttpRequest) -> HttpResponse | None:
        """The way to the view that the list opens with, when nothing else was asked for."""
        if request.method != "GET" or request.GET:
            return None
        view = self.opens_with(request)
        return HttpResponseRedirect(f"{request.path}?{view.query}") if view is not None else None

    def column_choices(self, request: HttpRequest) -> list[ColumnChoice]:
        """The list's columns, to tick."""
        shown = {column_name(each) for each in self.get_list_display(request)}
        return [
            ColumnChoice(name, self._column_title(each), name in shown, place == 0)
            for place, each in enumerate(self.columns_for(request))
            for name in (column_name(each),)
        ]

    def _column_title(self, column: Any) -> str:
        title = str(label_for_field(column, self.model, self))
        return title[:1].upper() + title[1:]

    def _chosen_columns(self, request: HttpRequest) -> frozenset[str]:
        asked = request.GET.get(COLUMNS_VAR, "")
        if not asked:
            choice = self.choice(request)
            asked = choice.columns if choice is not None else ""
        known = {column_name(each) for each in self.columns_for(request)}
        return frozenset(known.intersection(asked.split(",")))  # nothing asked for meets nothing

    def saved_filters_view(self, request: HttpRequest) -> HttpResponse:
        """The person's views of this list: save the one that was shown, rename, share, delete, open the list with one;
        and choose the columns that the list shows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._change_saved_filters(request)
        actor, page = actor_of(request), self.opts.label_lower
        query = self._known(request, request.GET)
        opening = self.opens_with(request)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Saved views of {self.opts.verbose_name_plural}",
            "opts": self.opts,
            "list_url": self._list_address(),
            "query": query.urlencode(),
            "words": self.uncounted(request, query).filter_labels if query else [],
            "filters": filters_for(actor=actor, page=page),
            "opening_id": opening.id if opening is not None else None,
            "user_id": actor.user_id,
            "may_share": actor.can(SHARE),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/lists/saved_filters.html", context)

    def _change_saved_filters(self, request: HttpRequest) -> HttpResponse:
        do = {
            "save": self._do_save,
            "rename": self._do_rename,
            "delete": self._do_delete,
            "open_with": self._do_open_with,
            "columns": self._do_choose_columns,
        }.get(request.POST.get("do", ""))
        if do is None:
            raise Http404
        return HttpResponseRedirect(do(request))

    def _do_save(self, request: HttpRequest) -> str:
        sent = request.POST
        query = self._known(request, QueryDict(sent.get("query", "")[:_LONGEST_QUERY]))
        choice = self.choice(request)
        if COLUMNS_VAR not in query and choice is not None and choice.columns:
            query[COLUMNS_VAR] = choice.columns
        saved = save_filter(
            actor=actor_of(request),
            page=self.opts.label_lower,
            name=sent.get("name", ""),
            query=query.urlencode(),
            is_shared=sent.get("is_shared") == "on",
        )
        messages.success(request, f"The view is saved as {saved.name}.")
        return f"{self._list_address()}?{saved.query}"

    def _do_rename(self, request: HttpRequest) -> str:
        saved = rename_filter(
            actor=actor_of(request),
            page=self.opts.label_lower,
            filter_id=_uuid(request.POST.get("filter_id", "")),
            name=request.POST.get("name", ""),
            is_shared=request.POST.get("is_shared") == "on",
        )
        messages.success(request, f"{saved.name} is saved.")
        return self._views_address()

    def _do_delete(self, request: HttpRequest) -> str:
        name = delete_filter(
            actor=actor_of(request),
            page=self.opts.label_lower,
            filter_id=_uuid(request.POST.get("filter_id", "")),
        )
        messages.success(request, f"{name} is deleted.")
        return self._views_address()

    def _do_open_with(self, request: HttpRequest) -> str:
        text = request.POST.get("filter_id", "")
        choice = open_with(
            actor=actor_of(request), page=self.opts.label_lower, filter_id=_uuid(text) if text else None
        )
        said = f"The list opens with {choice.view}." if choice.view else "The list opens with all rows."
        messages.success(request, said)
        return self._views_address()

    def _do_choose_columns(self, request: HttpRequest) -> str:
        names = [column_name(each) for each in self.columns_for(request)]
        ticked = request.POST.getlist("column")
        if unknown := [name for name in ticked if name not in names]:
            raise InvalidInput(f"This list has no column {unknown[0][:80]}.", field="column")
        chosen = [name for place, name in enumerate(names) if place == 0 or name in ticked]
        is_all = len(chosen) == len(names) or not ticked
        choose_columns(actor=actor_of(request), page=self.opts.label_lower, columns=() if is_all else chosen)
        query = QueryDict(request.POST.get("query", "").lstrip("?")[:_LONGEST_QUERY], mutable=True)
        by_name(query, self._numbered(request))
        for name in (COLUMNS_VAR, PAGE_VAR):
            query.pop(name, None)
        return f"{self._list_address()}?{query.urlencode()}" if query else self._list_address()

    def _known(self, request: HttpRequest, query: QueryDict) -> QueryDict:
        """The query reduced to its filters, its order and its columns, by name.

        Raises InvalidInput for anything the list does not know.
        """
        kept = QueryDict(mutable=True)
        for name, values in query.lists():
            filled = [value for value in values if value.strip()]
            if name not in NOT_SAVED and filled:
                kept.setlist(name, filled)
        if kept:
            by_name(kept, self._numbered(request))
            self.uncounted(request, kept)
        return kept

    def _numbered(self, request: HttpRequest) -> Sequence[Any]:
        """The columns as the address counts them."""
        boxes = ["action_checkbox"] if self.get_actions(request) else []
        return [*boxes, *self.get_list_display(request)]

    def _list_address(self) -> str:
        return reverse(f"admin:{self.list_url}_changelist")

    def _views_address(self) -> str:
        return reverse(f"admin:{self.list_url}_saved_filters")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error
