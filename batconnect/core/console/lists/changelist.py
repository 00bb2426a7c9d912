"""A page of a list without a full count: rows are counted to a limit; deep pages skip keys, and stop somewhere."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path, quote
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.views import ChangeList

from batconnect.core.api.paging import COUNTED_ROWS, DEEPEST_ROW
from batconnect.core.console.lists.days import DateDrilldown, date_drilldown_of
from batconnect.core.console.lists.labels import FilterLabels, filter_labels
from batconnect.core.console.lists.presets import Presets, presets_of
from batconnect.core.console.lists.rows import KEY
from batconnect.core.console.lists.sorting import SORT_VAR, SortLink, named_order, sort_links
from batconnect.core.console.lists.totals import CurrencyTotal, Totals, add_up
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import format_amount

ADD_UP_VAR = "add_up"
COLUMNS_VAR = "columns"
VIEW_VAR = "view"
"""`view=all`: the list as it is, in place of the view that the person opens it with."""
_NO_FILTERS = (SORT_VAR, COLUMNS_VAR, VIEW_VAR)
_SKIP_BY_KEY = 500
_SHOWN_OF_NAME = 80


class UnknownFilter(InvalidInput):
    """400: the address asks for a filter that the list does not have."""

    code = "unknown_filter"
    title = "No such filter"
    remedy = "Use the filters that the list shows."


class CountedPaginator(Paginator):  # type: ignore[type-arg]  # no generics at runtime
    """Pages of rows that were counted elsewhere, perhaps not to the end."""

    template_name = "admin/lists/pagination.html"

    def __init__(self, *, counted: int, per_page: int) -> None:
        super().__init__([], per_page)
        self.count = counted


class BoundedChangeList(ChangeList):
    """The list that a request asks for.

    `totals` are those of the filtered rows. Beyond COUNTED_ROWS there is a next page as long as there are rows, up to
    DEEPEST_ROW.
    """

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        if any("\x00" in value for values in request.GET.lists() for value in values[1]):
            raise IncorrectLookupParameters
        self.request = request
        super().__init__(request, *args, **kwargs)

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """The parameters that narrow the list: not its order, its columns and its view."""
        given: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in given.items() if name not in _NO_FILTERS}

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """The address's parameters, changed; a list that opens with a view is shown whole by asking for that."""
        text: str = super().get_query_string(new_params, remove)
        return f"?{VIEW_VAR}=all" if text == "?" and self.model_admin.opens_with_view(self.request) else text

    def get_filters(self, request: HttpRequest) -> Any:
        """The list's filters. Raises UnknownFilter, naming it; IncorrectLookupParameters for what cannot be read."""
        for name, values in self.get_filters_params().items():
            if not all(self.model_admin.lookup_allowed(name, value, request) for value in values):
                raise UnknownFilter(f"This list has no filter {name[:_SHOWN_OF_NAME]}.", field="query")
        try:
            return super().get_filters(request)
        except (ValueError, OverflowError) as error:
            # Django computes with the year before it checks whether there is such a day.
            raise IncorrectLookupParameters from error

    def get_results(self, request: HttpRequest) -> None:
        admin = self.model_admin
        asked_page: int = self.page_num  # type: ignore[has-type]  # Django's own, from the address
        self.totals: Totals = add_up(
            self.queryset,
            amounts=admin.totals,
            currency=admin.totals_currency,
            everything=getattr(request, "adds_up_everything", False),
        )
        counted = self.totals.rows
        reachable = DEEPEST_ROW if self.totals.is_capped else min(counted, DEEPEST_ROW)
        self.can_show_all = counted <= self.list_max_show_all
        per_page = self.list_max_show_all if self.show_all and self.can_show_all else self.list_per_page
        self.multi_page = counted > per_page
        last_page = max(1, -(-reachable // per_page))
        self.page_num = min(max(asked_page, 1), last_page)
        self.first_row = (self.page_num - 1) * per_page
        rows = self._rows(self.first_row, per_page + 1)
        self.has_next_page = len(rows) > per_page and self.page_num < last_page
        self.is_deepest_page = len(rows) > per_page and self.page_num == last_page
        self.result_list = rows[:per_page]
        self.result_count = min(counted, COUNTED_ROWS) if self.totals.is_capped else counted
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.full_result_count = self.result_count
        self.paginator = CountedPaginator(counted=min(counted, reachable), per_page=per_page)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """A list that is narrowed to days is sorted by those days, unless another order is asked for: in its usual
        order the database would walk through all newer rows to the first of them.
        """
        asked = self.params.get(SORT_VAR)
        if asked and ORDER_VAR not in self.params:
            named = named_order(self, asked)
            if named is None:
                raise UnknownFilter(f"This list cannot be sorted by {asked[:_SHOWN_OF_NAME]}.", field="query")
            return self._get_deterministic_ordering(named)
        ordering: list[Any] = list(super().get_ordering(request, queryset))
        day = self.date_hierarchy
        if not day or ORDER_VAR in self.params or not any(key.startswith(f"{day}_") for key in self.params):
            return ordering
        if day in (str(each).lstrip("-") for each in ordering):
            return ordering
        is_newest_first = bool(ordering) and str(ordering[0]).startswith("-")
        return [f"-{day}" if is_newest_first else day, *ordering]

    def _get_deterministic_ordering(self, ordering: Any) -> list[Any]:
        """Rows that are alike follow in the order's own direction, as an index has them."""
        ordered: list[Any] = super()._get_deterministic_ordering(ordering)
        is_ascending = isinstance(ordered[0], str) and not ordered[0].startswith("-")
        return [*ordered[:-1], "pk"] if ordered[-1] == "-pk" and is_ascending else ordered

    def get_ordering_field_columns(self) -> dict[int, str]:
        """Which columns the list is sorted by, for the arrows in their heads."""
        asked = self.params.get(SORT_VAR)
        if not asked or ORDER_VAR in self.params:
            sorted_by: dict[int, str] = super().get_ordering_field_columns()
            return sorted_by
        named = [str(each) for each in named_order(self, asked) or ()]
        fields = [self.get_ordering_field(each) for each in self.list_display]
        return {
            fields.index(each.lstrip("-")): "desc" if each.startswith("-") else "asc"
            for each in named
            if each.lstrip("-") in fields
        }

    def _rows(self, first: int, count: int) -> list[Any]:
        rows: QuerySet[Any] = self.queryset
        if self.totals.keys is not None:
            return (
                list(rows.filter(pk__in=self.totals.keys)[first : first + count]) if self.totals.keys else []
            )
        if first < _SKIP_BY_KEY and not self.totals.is_capped:
            return list(rows[first : first + count])
        # Of many rows, only keys are sorted and thrown away; rows are joined for the page alone.
        keys = list(rows.values_list("pk", flat=True)[first : first + count])
        return list(rows.filter(pk__in=keys)) if keys else []

    def url_for_result(self, result: Any) -> str:
        """The address of the row's page, whose pattern is looked up once a list."""
        return self.row_pattern.replace(KEY, str(quote(getattr(result, self.pk_attname))))

    @cached_property
    def row_pattern(self) -> str:
        """The address of a row's page, with KEY in place of its key."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=(KEY,), current_app=self.model_admin.admin_site.name)

    @cached_property
    def filter_labels(self) -> FilterLabels:
        """What the list is filtered by."""
        return filter_labels(self)

    @property
    def date_drilldown(self) -> DateDrilldown | None:
        """Years, months and days to choose from."""
        return date_drilldown_of(self)

    @property
    def presets(self) -> Presets | None:
        """Days by name to choose from."""
        return presets_of(self)

    @property
    def sort_links(self) -> list[SortLink]:
        """Orders to choose from."""
        return sort_links(self)

    @property
    def previous_link(self) -> str:
        """The page before, or nothing."""
        return self.get_query_string({PAGE_VAR: self.page_num - 1}) if self.page_num > 1 else ""

    @property
    def next_link(self) -> str:
        """The page after, or nothing."""
        return self.get_query_string({PAGE_VAR: self.page_num + 1}) if self.has_next_page else ""

    @property
    def add_up_link(self) -> str:
        """The same page with everything added up."""
        return str(self.get_query_string({ADD_UP_VAR: "all"}))

    @property
    def count_text(self) -> str:
        """`1–50 of 1,234 payments`, `51–100 of more than 10,000 payments`."""
        names = str(self.opts.verbose_name if self.totals.rows == 1 else self.opts.verbose_name_plural)
        total = f"more than {COUNTED_ROWS:,}" if self.totals.is_capped else f"{self.totals.rows:,}"
        if not self.multi_page and not self.totals.is_capped:
            return f"{total} {names}"
        last = self.first_row + len(self.result_list)
        return f"{self.first_row + 1:,}–{last:,} of {total} {names}"

    @property
    def total_lines(self) -> list[dict[str, Any]]:
        """The totals as the page shows them: one line a currency."""
        return [
            {
                "currency": line.currency,
                "rows": f"{line.rows:,}",
                "amounts": [
                    (title, format_amount(amount))
                    for title, amount in zip(self.total_titles, line.amounts, strict=True)
                ],
            }
            for line in self.totals.currencies
        ]

    @cached_property
    def total_titles(self) -> list[str]:
        """The headings of what is added up."""
        titles = [str(_label(self, name)) for name in self.model_admin.totals]
        return [title[:1].upper() + title[1:] for title in titles]

    def amounts_of(self, line: CurrencyTotal) -> dict[str, Any]:
        """A currency's amounts by column."""
        return dict(zip(self.model_admin.totals, line.amounts, strict=True))


class UncountedChangeList(BoundedChangeList):
    """The same rows without a page of them: to check a query, or to write a file."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_list, self.result_count, self.totals = [], 0, Totals(rows=0)


def _label(changelist: Any, name: str) -> str:
    try:
        return str(get_fields_from_path(changelist.model, name)[-1].verbose_name)
    except FieldDoesNotExist:
        return name.replace("_", " ")
