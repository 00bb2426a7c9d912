"""The kinds of documents that are sent by mail: registered by the apps that print them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.utils.module_loading import autodiscover_modules

from batconnect.core.api.printed import PrintedKind
from batconnect.core.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class About:
    """Whom a document is for: `title` names it (`Receipt RCPT-2026-000001`), `address` is what is proposed."""

    title: str
    name: str
    address: str
    customer_id: UUID | None
    case_no: str = ""


@dataclass(frozen=True, slots=True)
class MailedKind:
    """A kind that is printed; `about` finds one by number, or raises NotFound."""

    printed: PrintedKind
    label: str
    about: Callable[[Actor, str], About]

    @property
    def code(self) -> str:
        """The code that it is printed under."""
        return self.printed.code


_kinds: dict[str, MailedKind] = {}


def register_mailed(kind: MailedKind) -> MailedKind:
    """Let documents of the kind be sent. Raises ValueError when its code is taken."""
    if _kinds.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"Two kinds of documents are called {kind.code}.")
    return kind


def mailed_kinds() -> list[MailedKind]:
    """Every kind, by code; a worker may not have read the apps' `printed` yet."""
    autodiscover_modules("printed")
    return [_kinds[code] for code in sorted(_kinds)]


def find_mailed(code: str) -> MailedKind | None:
    """The kind of that code."""
    return next((kind for kind in mailed_kinds() if kind.code == code), None)
