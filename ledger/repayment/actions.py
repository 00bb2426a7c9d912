"""What is done to a document, in the API and in the console alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from rest_framework import serializers

from batconnect.core.api.fields import DayInput, LabeledChoice, MoneyInput
from batconnect.core.kernel.actors import Actor
from cases.serializers import Nothing
from ledger.chart import METHODS
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import RepaidDocument
from ledger.repayment.serializers import DocumentReason, PerhapsReasoned
from ledger.repayment.services import states
from ledger.repayment.services.adjusting import ADJUSTED_FROM, adjust_document


class Why(Enum):
    """Whether an action asks for a reason."""

    NEVER = "never"
    PERHAPS = "perhaps"
    BRIEFLY = "briefly"
    FULLY = "fully"


class Sort(Enum):
    """What kind of value an action asks for."""

    MONEY = "money"
    DAY = "day"
    TEXT = "text"
    METHOD = "method"
    BANK_ACCOUNT = "bank account"
    DRAWER = "drawer"


@dataclass(frozen=True, slots=True)
class Asked:
    """A value that an action asks for besides a reason: a field of its form, and of its call."""

    name: str
    label: str
    sort: Sort
    required: bool = True
    help: str = ""


_REASONS: Final[dict[Why, type[serializers.Serializer[Any]]]] = {
    Why.NEVER: Nothing,
    Why.PERHAPS: PerhapsReasoned,
    Why.BRIEFLY: DocumentReason,
    Why.FULLY: DocumentReason,
}


def _field(asked: Asked) -> serializers.Field[Any, Any, Any, Any]:
    options: dict[str, Any] = {"required": asked.required, "help_text": asked.help or asked.label}
    if not asked.required:
        options |= {"default": None, "allow_null": True}
    match asked.sort:
        case Sort.MONEY:
            return MoneyInput(**options)
        case Sort.DAY:
            return DayInput(**options)
        case Sort.METHOD:
            return LabeledChoice(tuple(METHODS.items()), **options)
        case Sort.BANK_ACCOUNT | Sort.DRAWER:
            return serializers.UUIDField(**options)
        case Sort.TEXT:
            return serializers.CharField(max_length=60, allow_blank=True, **options)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action: the document, and what the person should know."""

    document: RepaidDocument
    warnings: tuple[str, ...] = ()


def _always(document: RepaidDocument) -> bool:
    return True


_bodies: Final[dict[str, type[serializers.Serializer[Any]]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAction:
    """An action: `name` ends its path, `title` and `icon` are its button.

    `service` takes the actor, the kind and the number, the reason where `why` asks for one, and what is `asked`; it
    returns the document, or a Done. It is offered in the statuses `allowed` where `fits` holds, and leads to `becomes`.
    A message says `done` of the document; `effect` is told before it, with the kind's noun in it. `errors` are the
    codes of its refusals besides those of every action, `example` is a body of its call. One that `adds` would act
    again when it is repeated: its call needs an idempotency key. The kind's guard refuses a `guarded` one as well.
    """

    name: str
    title: str
    icon: str
    summary: str
    effect: str
    done: str
    service: Callable[..., Any]
    why: Why
    allowed: frozenset[RepaidDocument.Status]
    becomes: RepaidDocument.Status
    errors: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()
    example: Mapping[str, Any] = field(default_factory=dict)
    fits: Callable[[Any], bool] = _always
    adds: bool = False
    guarded: bool = False

    def body(self) -> type[serializers.Serializer[Any]]:
        """The body of its call: the reason, and what is asked; one class for every kind that has the action."""
        if not self.asked:
            return _REASONS[self.why]
        if self.name not in _bodies:
            _bodies[self.name] = self._made_body()
        return _bodies[self.name]

    def _made_body(self) -> type[serializers.Serializer[Any]]:
        fields: dict[str, Any] = {each.name: _field(each) for each in self.asked}
        name = "".join(part.capitalize() for part in self.name.split("-"))
        return type(f"{name}Document", (_REASONS[self.why],), {"__doc__": f"{self.title}.", **fields})

    def carry_out(self, *, actor: Actor, kind: RepaidKind, number: str, **values: Any) -> Done:
        """Do it. Raises what the service refuses."""
        outcome = self.service(actor=actor, kind=kind, number=number, **values)
        return outcome if isinstance(outcome, Done) else Done(outcome)


HOLD: Final = DocumentAction(
    name="hold",
    title="Hold",
    icon="pause",
    summary="Put a {noun} on hold: nothing more of it is posted",
    effect="nothing more of it is posted until it is released.",
    done="put on hold",
    service=states.hold_document,
    why=Why.BRIEFLY,
    allowed=states.HELD_FROM,
    becomes=RepaidDocument.Status.HOLD,
    errors=("reason_length", "nothing_scheduled"),
)
RELEASE: Final = DocumentAction(
    name="release",
    title="Release",
    icon="play_arrow",
    summary="Release a {noun} from hold: the next run posts what fell due meanwhile",
    effect="what fell due meanwhile is posted by the next run, with its own due dates.",
    done="released",
    service=states.release_document,
    why=Why.PERHAPS,
    allowed=states.RELEASED_FROM,
    becomes=RepaidDocument.Status.OPEN,
    errors=("reason_length",),
)
CANCEL: Final = DocumentAction(
    name="cancel",
    title="Cancel",
    icon="block",
    summary="Cancel a {noun} of which nothing is posted",
    effect="the {noun} is taken back for good; possible while nothing is posted.",
    done="cancelled",
    service=states.cancel_document,
    why=Why.FULLY,
    allowed=states.CANCELLED_FROM,
    becomes=RepaidDocument.Status.CANCELLED,
    errors=("reason_length", "installments_posted"),
    guarded=True,
)
ADJUST: Final = DocumentAction(
    name="adjust",
    title="Lower the amount",
    icon="edit_note",
    summary="Lower the amount of a {noun} that was entered wrongly: what is scheduled last is taken back",
    effect="what is scheduled last is taken back, and interest not yet posted is made anew.",
    done="adjusted",
    service=adjust_document,
    why=Why.FULLY,
    allowed=ADJUSTED_FROM,
    becomes=RepaidDocument.Status.OPEN,
    errors=("reason_length", "nothing_scheduled", "not_lower", "above_scheduled", "date_closed"),
    guarded=True,
    asked=(Asked("amount", "New amount", Sort.MONEY, help="What it should have been: lower than it is."),),
    example={"amount": "1000.00", "reason": "1,000.00 was agreed on, not 1,200.00."},
)
ACTIONS: Final = (HOLD, RELEASE, ADJUST, CANCEL)
"""What every kind of document allows."""
