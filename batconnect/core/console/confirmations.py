"""Actions in the console: a form, then a page that shows what would happen, then exactly that or a refusal.

The page shows what the action itself does: it is carried out inside a savepoint and rolled back (`previewed`).
Confirming carries it out again and compares (`confirmed`): when the outcome differs from what was seen, because
somebody was faster or the button was clicked twice, nothing is written and the person is told so. Every page that
confirms something is a `Confirmation` (docs/adr/0047-one-confirmation.md).
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, Protocol, TypeVar

from django import forms
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from batconnect.core.database.faults import is_busy
from batconnect.core.kernel.errors import Conflict, Refusal
from batconnect.core.kernel.money import TypedMoneyField

__all__ = [
    "BUSY",
    "SEEN",
    "AmountReasonForm",
    "Confirmation",
    "OptionalReasonForm",
    "Outcome",
    "Preview",
    "ReasonForm",
    "confirmed",
    "digest_of",
    "previewed",
    "reason_field",
]

SEEN: Final = "seen"
MOVED: Final = "Something has changed since the preview, so nothing was done. Look at it again."
BUSY: Final = "Somebody else is working on the same items right now. Nothing has been written; try again."


class Outcome(Protocol):
    """What an action did, as a person is shown it before confirming."""

    @property
    def digest(self) -> str:
        """Names all that the person saw, to compare with what comes of it."""
        ...


Shown = TypeVar("Shown", bound=Outcome)


def digest_of(*seen: object) -> str:
    """The digest of what is shown; equal for equal values."""
    return hashlib.sha256(repr(seen).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action does, as its confirmation shows it: a sentence and a table.

    `state` distinguishes states that look the same (a version); it is part of the digest.
    """

    summary: str
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    state: str = ""

    @property
    def digest(self) -> str:
        """What the person saw, to compare with what comes of it."""
        return digest_of(self.summary, self.rows, self.state)


def previewed(run: Callable[[], Shown]) -> Shown:
    """What `run` would do: it is carried out inside a savepoint, and taken back. Raises whatever `run` raises."""
    with transaction.atomic():
        outcome = run()
        transaction.set_rollback(True)
    return outcome


def confirmed(*, seen: str, run: Callable[[], Shown], moved: str = MOVED) -> Shown:
    """Carry it out; Conflict with the sentence `moved`, and nothing written, when it is not what was seen.

    Raises whatever `run` raises.
    """
    with transaction.atomic():
        outcome = run()
        if not constant_time_compare(outcome.digest, seen):
            raise Conflict(moved)
    return outcome


class Confirmation(ABC, Generic[Shown]):
    """The way of every page that confirms: form, confirmation, done.

    A subclass says what is done, and what each of the pages looks like; `commit` is overridden where a second click is
    answered with the first one's result.
    """

    request: HttpRequest
    moved: ClassVar[str] = MOVED

    @abstractmethod
    def run(self) -> Shown:
        """Do it by the services: called for the preview, and again for the action. Raises any Refusal."""

    def plan(self) -> Shown:
        """What the preview shows: as `run`, unless doing it leaves behind what no rollback takes back, a file."""
        return self.run()

    @abstractmethod
    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """The form, as it was typed, with what was refused."""

    @abstractmethod
    def show(self, outcome: Shown) -> HttpResponse:
        """The confirmation, which sends the outcome's digest as SEEN."""

    @abstractmethod
    def done(self, outcome: Shown) -> HttpResponse:
        """Where it leads when it has been done."""

    @abstractmethod
    def refuse(self, refusal: Refusal) -> HttpResponse:
        """Where it leads when confirming was refused: nothing has been written."""

    def answer(self) -> HttpResponse:
        """What was confirmed, or the preview of it."""
        return self.confirm() if SEEN in self.request.POST else self.check()

    def check(self) -> HttpResponse:
        """The preview; the form again when it is refused."""
        try:
            with _refusing_when_busy():
                outcome = previewed(self.plan)
        except Refusal as refusal:
            return self.ask(refusal)
        return self.show(outcome)

    def confirm(self) -> HttpResponse:
        """Do what was seen, or nothing."""
        try:
            with _refusing_when_busy():
                outcome = self.commit()
        except Refusal as refusal:
            return self.refuse(refusal)
        return self.done(outcome)

    def commit(self) -> Shown:
        """Carry it out as it was seen. Raises any Refusal."""
        return confirmed(seen=self.request.POST.get(SEEN, ""), run=self.run, moved=self.moved)


@contextmanager
def _refusing_when_busy() -> Iterator[None]:
    """Conflict while somebody else holds the rows, in place of the database's error."""
    try:
        yield
    except OperationalError as error:
        if not is_busy(error):
            raise
        raise Conflict(BUSY) from error


def reason_field(*, required: bool = True, shortest: int = 10) -> forms.CharField:
    """Why it is done, kept with the event."""
    needed = f"{shortest} to 500 characters, kept permanently." if required else "Optional, kept permanently."
    return forms.CharField(
        required=required,
        min_length=shortest if required else None,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=needed,
    )


class ReasonForm(forms.Form):
    """Why."""

    reason = reason_field()


class OptionalReasonForm(forms.Form):
    """A reason that may be left out."""

    reason = reason_field(required=False)


class AmountReasonForm(ReasonForm):
    """How much, and why."""

    amount = TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget())
    reason = reason_field()
    field_order: tuple[str, ...] = ("amount", "reason")
