"""What a table is to the people who use it: declared once, in its own app, and read by everything that shows it.

Each app and sub-app has a module `subjects` with a tuple `SUBJECTS`. The menu, the search, the links of a row, the
trail, the rights of a page and the numbers of documents read it from there (docs/contributing.md#adding,
docs/adr/0046-one-declaration-per-table.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

from django.apps import apps
from django.db import models

from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.permissions import PERMISSIONS

_PLACES: Final = ("subjects.py", "*/subjects.py")


@dataclass(frozen=True, slots=True)
class SourceType:
    """A name by which entries, obligations, events and requests say that they are about a row of the table.

    Their id is the row's key, or the value of the field `named_by`, which `separator` ends when more follows it; or the
    key of a row that has no page of its own, which the table's row has in the relation `through`.
    """

    code: str
    named_by: str = ""
    separator: str = ""
    through: str = ""

    def lookup(self, source_id: str) -> dict[str, str]:
        """What the table's row is found by."""
        return {f"{self.through}__pk" if self.through else self.named_by or "pk": self.name_in(source_id)}

    def name_in(self, source_id: str) -> str:
        """The part of the id that names the row."""
        return source_id.partition(self.separator)[0] if self.separator else source_id


@dataclass(frozen=True, slots=True)
class LookUp:
    """How a found row reads: SQL over the row `t` for what it is about, the joins that this needs, and its title
    where that is not its number."""

    about: str
    joins: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How the search finds rows of the table.

    `kind` is the name in addresses (`?kind=payment`) and `noun` the word for what was found, `rank` the place among the
    kinds. `by_number` looks the numbers of the series up in `column`, `by_key` what `search_keys` keeps under the kind,
    whose numbers usually begin with `usual_prefix`; `own` is a statement of the table's own, with the placeholders
    `company`, `references`, `cents` and `limit`. `has_words` says that the title is a name, which any words that begin
    so find, `has_parts` that keys of its parts are kept as well. `customer` is SQL for the id of the customer whose
    account is the row's page, empty where nobody has it. `paper` is what is printed under the row's number with a
    prefix: (prefix, word).
    """

    kind: str
    rank: int
    noun: str = ""
    column: str = "number"
    by_number: LookUp | None = None
    by_key: LookUp | None = None
    own: str = ""
    usual_prefix: str = ""
    has_words: bool = False
    has_parts: bool = False
    customer: str = ""
    paper: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCase:
    """How a case leads to rows of the table; `word` stands before the links.

    `entity` is what the case calls a row that it made (`interim_payment`), by the row's field `named_by`. Without one,
    a row belongs to the case in its field `case`. `newest` is the SQL order of a customer's rows, the newest first,
    where rows have a customer and a `case_no`.
    """

    word: str
    entity: str = ""
    named_by: str = "number"
    newest: str = "number_order desc"


@dataclass(frozen=True, slots=True)
class Noted:
    """How notes stand beside rows of the table: `name` names it in calls (`payment`), `customer` is the row's field
    that holds whose account shows them, `number` the one by which people and clients may name the row."""

    name: str
    customer: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One table: `model` is its label (`payments.Payment`), `title` its heading, `icon` a Material symbol, `permission`
    the right to see its rows, `series` what numbers them.

    `sources` are its names in the books and in the trail. `named` is SQL for what the trail calls the row `{t}`: every
    table has one whose rows the trail is about.
    `of_case` is there when cases make such rows, `noted` when people write notes beside them.
    """

    model: str
    title: str
    icon: str
    permission: str
    series: tuple[NumberSeries, ...] = ()
    sources: tuple[SourceType, ...] = ()
    named: str = ""
    search: Search | None = None
    of_case: OfCase | None = None
    noted: Noted | None = None

    def __post_init__(self) -> None:
        assert self.permission in PERMISSIONS, self.permission

    @property
    def model_class(self) -> type[models.Model]:
        """The table."""
        return apps.get_model(self.model)

    @property
    def subject_type(self) -> SourceType | None:
        """The name of its rows that requests and events use: the first that is theirs."""
        return next((source for source in self.sources if not source.through), None)

    @property
    def trail_codes(self) -> tuple[str, ...]:
        """Every name that the trail has for its rows by their own key: of sources, of notes, of files and of people."""
        codes = [source.code for source in self.sources if not source.through]
        noted = [self.noted.name] if self.noted else []
        meta = self.model_class._meta
        return tuple(dict.fromkeys([*codes, *noted, str(meta.model_name), meta.label_lower]))

    @property
    def url_name(self) -> str:
        """What the names of its pages begin with: `payments_payment`."""
        return self.model.replace(".", "_").lower()


def text_of_money(amount: str, currency: str) -> str:
    """SQL: `1,250.00 USD`."""
    return f"to_char({amount}, 'FM999,999,999,990.00') || ' ' || {currency}"


def looked_up(column: str, table: str, key: str) -> str:
    """SQL for `named`: a column of another table of the company, whose key the row `{t}` has."""
    return (
        f"(select o.{column} from {table} o "  # noqa: S608 - names of our own tables
        f"where o.company_id = {{t}}.company_id and o.id = {{t}}.{key})"
    )


def all_subjects() -> tuple[Subject, ...]:
    """Every declared table, by its label."""
    return tuple(_by_model().values())


def find_subject(model: str | type[models.Model]) -> Subject:
    """The declaration of the table, by its class or label. Raises LookupError when there is none."""
    label = model if isinstance(model, str) else model._meta.label
    subject = _by_model().get(label)
    if subject is None:
        raise LookupError(f"{label} has no Subject: declare it in its app's module subjects")
    return subject


@cache
def searched() -> dict[str, Subject]:
    """What the search finds, by kind, in the order of the kinds' ranks."""
    pairs = [(each.search, each) for each in all_subjects() if each.search]
    return {search.kind: subject for search, subject in sorted(pairs, key=lambda pair: pair[0].rank)}


def subjects_of_cases() -> tuple[tuple[Subject, OfCase], ...]:
    """Every table whose rows come of cases: first those that a case has itself, then those that it makes."""
    pairs = [(each, each.of_case) for each in all_subjects() if each.of_case]
    return tuple(sorted(pairs, key=lambda pair: bool(pair[1].entity)))


@cache
def noted_subjects() -> dict[str, Subject]:
    """Every table with notes, by the name that they have for it."""
    pairs = [(each.noted.name, each) for each in all_subjects() if each.noted]
    assert len(dict(pairs)) == len(pairs), "two tables have notes under one name"
    return dict(sorted(pairs))


def entity_of(model: str | type[models.Model]) -> str:
    """What a case calls a row of the table that it made. Raises LookupError when the table declares none."""
    of_case = find_subject(model).of_case
    if of_case is None or not of_case.entity:
        raise LookupError(f"{model} is made by no case: declare `of_case` in its Subject")
    return of_case.entity


def find_source(code: str) -> tuple[Subject, SourceType] | None:
    """The table that a source type names rows of; None for one that stands for no row."""
    return _by_source().get(code)


def find_in_trail(code: str) -> Subject | None:
    """The table whose rows the trail calls by the code; None for what is not in a table of people."""
    return _by_trail_code().get(code)


def all_series() -> tuple[tuple[Subject, NumberSeries], ...]:
    """Every series of numbers with what it numbers. Those of cases belong to their flows (`cases.registry`)."""
    return tuple((subject, series) for subject in all_subjects() for series in subject.series)


@cache
def _by_model() -> dict[str, Subject]:
    declared: dict[str, Subject] = {}
    for subject in _declared():
        if declared.setdefault(subject.model, subject) is not subject:
            raise ValueError(f"{subject.model} is declared twice.")
    return dict(sorted(declared.items()))


@cache
def _by_source() -> dict[str, tuple[Subject, SourceType]]:
    declared: dict[str, tuple[Subject, SourceType]] = {}
    for subject in all_subjects():
        for source in subject.sources:
            if source.code in declared:
                raise ValueError(f"{source.code} names rows of two tables.")
            declared[source.code] = subject, source
    return declared


@cache
def _by_trail_code() -> dict[str, Subject]:
    of_keys = {code: subject for subject in all_subjects() for code in subject.trail_codes}
    return {**of_keys, **{code: subject for code, (subject, _) in _by_source().items()}}


def _declared() -> Iterator[Subject]:
    for config in apps.get_app_configs():
        folder = Path(config.path)
        for path in sorted(path for place in _PLACES for path in folder.glob(place)):
            module = ".".join((config.name, *path.relative_to(folder).with_suffix("").parts))
            yield from import_module(module).SUBJECTS
