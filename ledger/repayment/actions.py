"""What is done to a document, in the API and in the console alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import RepaidDocument
from ledger.repayment.services import states


class Why(Enum):
    """Whether an action asks for a reason."""

    NEVER = "never"
    PERHAPS = "perhaps"
    BRIEFLY = "briefly"
    FULLY = "fully"


@dataclass(frozen=True, slots=True)
class DocumentAction:
    """An action: `name` ends its path, `title` and `icon` are its button.

    `service` takes the actor, the kind and the number, and the reason where `why` asks for one. It is offered in the
    statuses `allowed` and leads to `becomes`. A message says `done` of the document; `effect` is told before it, with
    the kind's noun in it. `errors` are the codes of its refusals besides those of every action.
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

    def carry_out(self, *, actor: Actor, kind: RepaidKind, number: str, **values: Any) -> Any:
        """Do it. Raises what the service refuses."""
        return self.service(actor=actor, kind=kind, number=number, **values)


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
)
ACTIONS: Final = (HOLD, RELEASE, CANCEL)
"""What every kind of document allows."""
