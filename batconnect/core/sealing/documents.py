"""Documents in audit packs: each app declares which ones belong to what was sealed (docs/seals.md#documents)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.module_loading import autodiscover_modules

from batconnect.core.kernel.actors import Actor


class PackedFile(Protocol):
    """A document as a file."""

    @property
    def name(self) -> str:
        """The file's name."""

    @property
    def content(self) -> bytes:
        """What is in it."""


@dataclass(frozen=True, slots=True)
class Period:
    """The seals of a pack by number, and the time in which their rows were sealed: after `since` (None: from the
    beginning), up to `until`."""

    first: int
    last: int
    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class PackedDocument:
    """A document of the pack: `key` names it to its kind, `about` is an id that the sealed rows name, if any."""

    key: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class PackedKind:
    """A kind of documents: which ones belong to a period, and how one is made."""

    name: str
    of_period: Callable[[Actor, Period], Iterable[PackedDocument]]
    make: Callable[[Actor, str], PackedFile]


_kinds: dict[str, PackedKind] = {}


def register_packed(kind: PackedKind) -> None:
    """Put documents of the kind into packs; from an app's `printed`. Raises ValueError when its name is taken."""
    if _kinds.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"Two kinds of packed documents are called {kind.name}.")


def packed_kinds() -> tuple[PackedKind, ...]:
    """Every kind, by name."""
    autodiscover_modules("printed")
    return tuple(_kinds[name] for name in sorted(_kinds))
