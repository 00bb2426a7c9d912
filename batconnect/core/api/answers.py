"""What an answer looks like, declared once: its members with their JSON types, and the values of its example.

An `Answer` is a serializer that nothing is serialized with: lists build their rows from `values()`, and the suite holds
every answer that it receives against the declaration (`tests/answers.py`). Every member is always there unless it is
`optional`, and never null unless it says `null`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Final
from uuid import UUID

from rest_framework import serializers

Schema = dict[str, Any]
# How a nested answer is written: a reference to its component.
Refer = Callable[["Answer"], Schema]
_UNSAID: Final = object()
_ANY_ID: Final = "01900000-0000-7000-8000-0000000000"
_INSTANT: Final = datetime(2025, 9, 15, 14, 5, tzinfo=UTC)


class Member(serializers.Field):  # type: ignore[type-arg]
    """A member of an answer. `example` is what the documentation shows; without one, null or the kind's usual."""

    kind: ClassVar[Schema] = {}
    usual: ClassVar[Any] = None

    def __init__(
        self, example: Any = _UNSAID, *, null: bool = False, optional: bool = False, help_text: str = ""
    ) -> None:
        super().__init__(read_only=True, allow_null=null, help_text=help_text or None)
        self.optional = optional
        self.shown = (None if null else self.usual) if example is _UNSAID else example

    def schema(self, refer: Refer) -> Schema:
        """The JSON schema of its values, null among them when it may be."""
        described = {"description": str(self.help_text)} if self.help_text else {}
        return {**or_null(self.described(refer), null=self.allow_null), **described}

    def described(self, refer: Refer) -> Schema:
        """The JSON schema of its values other than null."""
        return dict(self.kind)


class Text(Member):
    """A text, often an empty one."""

    kind = {"type": "string"}
    usual = ""


class _Spelled(Member):
    """A value whose example may be written as a text."""

    def __init__(self, example: Any = _UNSAID, **options: Any) -> None:
        super().__init__(self.read(example) if isinstance(example, str) else example, **options)

    def read(self, text: str) -> Any:
        """The value that the text stands for."""
        raise NotImplementedError


class Id(_Spelled):
    """A UUID; its example is told from others by its last two digits: `Id("c1")`."""

    kind = {"type": "string", "format": "uuid"}
    usual = UUID(f"{_ANY_ID}a1")

    def read(self, text: str) -> UUID:
        return UUID(f"{_ANY_ID}{text}")


class Whole(Member):
    """A whole number."""

    kind = {"type": "integer"}
    usual = 1


class Flag(Member):
    """True or false."""

    kind = {"type": "boolean"}
    usual = False


class Day(_Spelled):
    """A calendar date: `Day("2025-10-01")`."""

    kind = {"type": "string", "format": "date"}
    usual = date(2025, 9, 15)

    def read(self, text: str) -> date:
        return date.fromisoformat(text)


class Instant(Member):
    """An instant in UTC, in whole seconds."""

    kind = {"type": "string", "format": "date-time"}
    usual = _INSTANT


class Money(_Spelled):
    """An amount, with exactly two decimals: `Money("265.00")`."""

    kind = {"type": "number", "multipleOf": 0.01}
    usual = Decimal("0.00")

    def read(self, text: str) -> Decimal:
        return Decimal(text)


class Rate(Money):
    """A rate, percent, quantity or unit price, with up to four decimals."""

    kind = {"type": "number", "multipleOf": 0.0001}
    usual = Decimal(1)


class Choice(Member):
    """One of a model's choices or of the given values; without an example, the first."""

    def __init__(self, choices: Iterable[str], example: Any = _UNSAID, **options: Any) -> None:
        self.values = [str(getattr(each, "value", each)) for each in choices]
        if example is _UNSAID and not options.get("null"):
            example = self.values[0]
        super().__init__(example, **options)

    def described(self, refer: Refer) -> Schema:
        return {"type": "string", "enum": self.values}


class Anything(Member):
    """A JSON document whose members depend on the case; `help_text` says on what."""

    kind = {"type": "object", "additionalProperties": {}}
    usual: ClassVar[Any] = {}


class Listed(Member):
    """A list of one kind of answers or values. The example has one of them unless it says otherwise."""

    def __init__(self, child: type[Answer] | Member, example: Any = _UNSAID, **options: Any) -> None:
        self.child = child
        if example is _UNSAID and not options.get("null"):
            example = [example_of(child)]
        super().__init__(example, **options)

    def described(self, refer: Refer) -> Schema:
        return {"type": "array", "items": _schema_of(self.child, refer)}


class Answer(serializers.Serializer):  # type: ignore[type-arg]
    """A JSON object; its class names a component of the document. Used as a member it stands for itself."""

    # Whether it may have members that are not declared.
    is_open: ClassVar[bool] = False

    def __init__(self, *args: Any, null: bool = False, optional: bool = False, **options: Any) -> None:
        super().__init__(*args, **{"allow_null": null, **options})
        self.optional = optional

    @classmethod
    def members(cls) -> Mapping[str, Any]:
        """The declared members by name, those of its bases first. `from_` declares `from`, `errors_` `errors`: names
        that the language or the serializer has a use for."""
        return {name.removesuffix("_"): member for name, member in cls._declared_fields.items()}

    @classmethod
    def schema(cls, refer: Refer) -> Schema:
        """The JSON schema of such objects."""
        members = cls.members()
        required = [name for name, member in members.items() if not member.optional]
        return {
            "type": "object",
            "properties": {name: _schema_of(member, refer) for name, member in members.items()},
            **({"required": required} if required else {}),
            **({"additionalProperties": {}} if cls.is_open else {}),
            **({"additionalProperties": False} if not members and not cls.is_open else {}),
        }

    @classmethod
    def example(cls) -> dict[str, Any]:
        """The object that the documentation shows."""
        return {name: example_of(member) for name, member in cls.members().items() if not member.optional}

    @classmethod
    def shown(cls, **values: Any) -> Shown:
        """The answer with an example of its own; a nested object's values replace only those that they name."""
        return Shown(cls, values)


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer with the values in which its example differs."""

    answer: type[Answer]
    values: Mapping[str, Any] = field(default_factory=dict)

    def example(self) -> dict[str, Any]:
        """The answer's example with these values."""
        return _merged(self.answer.example(), self.values)


class _ScreenPage(Answer):
    """A list of a screen, without its items."""

    total_items = Whole()
    page = Whole(1, null=True)
    per_page = Whole(50)
    total_pages = Whole()
    total_is_estimate = Flag()
    next = Text(null=True)


class _ApiPage(Answer):
    """A list under /api, without its results."""

    total = Whole()
    limit = Whole(50)
    offset = Whole(0, null=True)
    total_is_estimate = Flag()
    next = Text(null=True)


@cache
def screen_page_of(row: type[Answer]) -> type[Answer]:
    """The list of a screen with such items (`core.api.paging.screen_page`)."""
    return type(f"{row.__name__}Page", (_ScreenPage,), {"items": Listed(row)})


@cache
def api_page_of(row: type[Answer]) -> type[Answer]:
    """A list under /api with such results (`core.api.paging.api_page`)."""
    return type(f"{row.__name__}List", (_ApiPage,), {"results": Listed(row)})


@dataclass(frozen=True, slots=True)
class Either:
    """One answer or the other, as its name says in the document; the example is the first one's."""

    name: str
    answers: tuple[type[Answer], ...]


def example_of(declared: Any) -> Any:
    """The example of an answer, a member, or a choice of answers."""
    match declared:
        case Either():
            return declared.answers[0].example()
        case Member():
            return declared.shown
        case Answer() if declared.allow_null:
            return None
    return declared.example()


def or_null(schema: Schema, *, null: bool) -> Schema:
    """The schema that takes null too."""
    if not null:
        return schema
    if "type" not in schema:
        return {"oneOf": [schema, {"type": "null"}]}
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **choices}


def _schema_of(declared: type[Answer] | Answer | Member, refer: Refer) -> Schema:
    if isinstance(declared, Member):
        return declared.schema(refer)
    if isinstance(declared, type):
        return refer(declared())
    return or_null(refer(declared), null=declared.allow_null)


def _merged(example: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(example)
    for name, value in values.items():
        held = merged.get(name)
        merged[name] = (
            _merged(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
        )
    return merged
