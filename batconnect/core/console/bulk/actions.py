"""What is done to many rows at once: declared once, by the admin that lists them (docs/adr/0076-many-rows-at-once.md).

A declaration stands on the action of one row: the same service, right and words. From it come the choice below the
list, the form, the preview row by row, and the operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.http import QueryDict

from batconnect.core.api.printed import Printed
from batconnect.core.console.confirmations import Preview
from batconnect.core.console.row_actions import RowAction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import name_currency

MAX_ROWS: Final = 10_000
AT_ONCE: Final = 50
"""So many rows are previewed and carried out while the person waits; more are a worker's."""


def _unprepared(actor: Actor, form: Any) -> None:
    """Most forms ask everybody the same."""


def _everybody(actor: Actor) -> bool:
    return True


def _nothing(actor: Actor, row: Any) -> dict[str, str]:
    """Most actions are taken back without knowing more than the row."""
    return {}


BEFORE: Final = "before"
"""The answer of an action that `restores` under which stands what the action that it takes back has kept of the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAction:
    """The action `of` one row, done to many.

    `title` is the button's and the operation's. `form` asks in place of the action's own, where that asks about its one
    row; `prepare` offers its choices. `amount` is the column that is added up. `undo` names the action of the same
    page that takes it back; `keeps` says of a row, right after it was done, what that action has to know, and one that
    `restores` is given it as its answer `BEFORE`. `opens` says for whom, besides the right of the row's action.
    `prints` makes a document of each row: the operation has them as one PDF. At most `at_most` rows are taken, and up
    to `at_once` are done while the person waits.
    """

    of: RowAction
    title: str
    form: type[forms.Form] | None = None
    prepare: Callable[[Actor, Any], None] = _unprepared
    amount: str = ""
    undo: str = ""
    keeps: Callable[[Actor, Any], dict[str, str]] = _nothing
    restores: bool = False
    opens: Callable[[Actor], bool] = _everybody
    prints: Callable[[Actor, Any], Printed] | None = None
    at_most: int = MAX_ROWS
    at_once: int = AT_ONCE

    @property
    def name(self) -> str:
        """As the row's action."""
        return self.of.name

    def has_permission(self, actor: Actor) -> bool:
        """Whether the actor may do it to any row; each row is asked about by itself."""
        return actor.can(self.of.permission) and self.opens(actor)

    def ask(self, actor: Actor, answers: QueryDict | None = None) -> forms.Form:
        """The form, empty or with what was typed."""
        form = (self.form or self.of.form)(answers)
        self.prepare(actor, form)
        name_currency(form.fields, actor.company.base_currency)
        return form

    def amount_of(self, row: models.Model) -> tuple[Decimal | None, str]:
        """What of the row is added up, and in which currency."""
        amount = getattr(row, self.amount) if self.amount else None
        return (None, "") if amount is None else (amount, str(getattr(row, "currency", "")))

    def plan(self, actor: Actor, row: Any, values: dict[str, Any]) -> Preview:
        """What would come of the row."""
        return (self.of.plan or self.of.run)(actor, row, values)


@dataclass(frozen=True, slots=True)
class Declared:
    """An action with the page that declares it."""

    page: Any
    action: BulkAction

    @property
    def code(self) -> str:
        """`core.approval.approve`: kept with each operation."""
        return f"{self.page.opts.label_lower}.{self.action.name}"

    def shows(self, actor: Actor) -> bool:
        """Whether the actor sees its operations; of their rows only those that the page's list shows."""
        return actor.can(self.page.view_permission)

    def rows(self, actor: Actor) -> models.QuerySet[Any]:
        """The company's rows of the page's table."""
        return self.page.model._default_manager.filter(company_id=actor.company_id)


def declared_on(page: Any) -> tuple[BulkAction, ...]:
    """The actions of a page."""
    return tuple(getattr(page, "bulk_actions", ()))


def bulk_actions() -> Iterator[Declared]:
    """Every declared action, page by page."""
    for page in admin.site._registry.values():
        yield from (Declared(page, action) for action in declared_on(page))


def find_bulk_action(code: str) -> Declared | None:
    """The action of that code; None for one that is not declared any more."""
    return next((each for each in bulk_actions() if each.code == code), None)
