"""A statement that writes several tables, or what a query finds, carried out in steps.

A distributed database plans neither INSERT … SELECT under row security nor a WITH whose parts write, also when all of it
is of one company. Each part is then a statement of its own; what it answered is given to the later ones as values. The
parts that only read come first, so that they see the tables as they were, as the whole statement would.
Rule: docs/scale-distributed.md#statements-in-steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from psycopg import ClientCursor

_WRITES: Final = ("insert", "update", "delete")
_WORD: Final = re.compile(r"[a-z_]\w*", re.IGNORECASE)
_CLOCK: Final = re.compile(r",\s*statement_timestamp\(\)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a WITH: its name, the names of its columns if it gives them, and its text."""

    name: str
    columns: str
    text: str

    @property
    def writes(self) -> bool:
        return _first_word(self.text) in _WRITES


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a part answered, as text that selects it again."""

    name: str
    text: str


def step_by_step(execute: Any, statement: Any, values: Any, many: bool, context: Any) -> Any:
    """An execute wrapper: carries such a statement out in steps, and hands every other one on."""
    if many or not isinstance(statement, str) or not needs_steps(statement):
        return execute(statement, values, many, context)
    raw = context["connection"].connection
    text = statement if values is None else ClientCursor(raw).mogrify(statement, values)
    return _Steps(execute, context, raw).run(*split(text))


@lru_cache(maxsize=4096)
def needs_steps(statement: str) -> bool:
    """Whether it writes what the parts of its WITH found, or in one of them, or inserts what a query finds."""
    if _first_word(statement) not in ("with", "insert"):
        return False
    parts, last = split(statement)
    if parts and _first_word(last) in _WRITES:
        return True
    return any(part.writes for part in parts) or _selected(last) is not None


def split(statement: str) -> tuple[list[Part], str]:
    """The parts of a statement's WITH, and what follows it; no parts for one that has none, or names itself."""
    if _first_word(statement) != "with" or re.match(r"\s*with\s+recursive\b", statement, re.IGNORECASE):
        return [], statement
    parts = []
    place = re.match(r"\s*with\b", statement, re.IGNORECASE).end()  # type: ignore[union-attr]  # as just seen
    while True:
        opening = next(at for at, char in _open(statement, place) if char == "(")
        named = statement[place:opening].strip()
        columns = ""
        if not re.search(r"\bas\b", named, re.IGNORECASE):
            closing = _closing(statement, opening)
            columns = statement[opening : closing + 1]
            opening = next(at for at, char in _open(statement, closing + 1) if char == "(")
        closing = _closing(statement, opening)
        name = _WORD.match(named)
        assert name, f"a part of a WITH has a name: {named}"
        parts.append(Part(name[0], columns, statement[opening + 1 : closing].strip()))
        place = closing + 1
        rest = statement[place:].lstrip()
        if not rest.startswith(","):
            return parts, rest
        place = statement.index(",", place) + 1


class _Steps:
    def __init__(self, execute: Any, context: Any, raw: Any) -> None:
        self._execute, self._context, self._raw = execute, context, raw
        self._answers: dict[str, _Answer] = {}

    def run(self, parts: list[Part], last: str) -> Any:
        waiting = [part for part in parts if not self._follows_writing(part, parts)]
        for part in [*waiting, *(part for part in parts if part not in waiting)]:
            self._keep(part)
        return self._carry_out(last)

    def _follows_writing(self, part: Part, parts: list[Part]) -> bool:
        """Whether it writes, or reads what one answers that does."""
        if part.writes:
            return True
        before = parts[: parts.index(part)]
        return any(_names(part.text, each.name) and self._follows_writing(each, before) for each in before)

    def _keep(self, part: Part) -> None:
        self._carry_out(part.text)
        cursor = self._context["cursor"]
        rows = cursor.fetchall() if cursor.description else []
        self._answers[part.name] = _Answer(
            part.name + part.columns, self._as_values(cursor.description, rows)
        )

    def _carry_out(self, text: str) -> Any:
        parts, own = split(text)
        if parts and (_first_word(own) == "insert" or any(part.writes for part in parts)):
            # A part that has parts itself: these are only its own.
            kept = dict(self._answers)
            answer = self.run(parts, own)
            self._answers = kept
            return answer
        found = _selected(text)
        if found is not None:
            target, query, ending = found
            self._do(query)
            rows = self._context["cursor"].fetchall()
            values = ", ".join(self._row(row) for row in rows)
            if not rows:
                # Nothing to insert, and what it would have answered: no rows.
                return self._do(_nothing(target, ending))
            text = f"{target} values {values} {ending}"
        clock = _CLOCK.search(text) if _first_word(text) in _WRITES else None
        if clock is None:
            return self._do(text)
        self._do(text[: clock.start()])
        cursor = self._context["cursor"]
        rows = cursor.fetchall()
        told = self._as_values(cursor.description, rows)
        return self._do(f"select told.*, statement_timestamp() from ({told}) told")

    def _do(self, text: str) -> Any:
        """Run it, with the answers that it names before it."""
        used = [answer for name, answer in self._answers.items() if _names(text, name)]
        if used:
            head = "with " + ", ".join(f"{answer.name} as ({answer.text})" for answer in used)
            own = re.match(r"\s*with\b", text, re.IGNORECASE)
            text = f"{head}, {text[own.end() :]}" if own else f"{head} {text}"
        return self._execute(text, None, False, self._context)

    def _row(self, row: tuple[Any, ...]) -> str:
        return ClientCursor(self._raw).mogrify(f"({', '.join(['%s'] * len(row))})", row)

    def _as_values(self, description: Any, rows: list[tuple[Any, ...]]) -> str:
        if not description:
            return "select 1 where false"
        names = ", ".join(f'"{column.name}"' for column in description)
        kinds = [self._kind(column.type_code) for column in description]
        if not rows:
            nothing = [
                f'null::{kind} as "{column.name}"' for kind, column in zip(kinds, description, strict=True)
            ]
            return f"select {', '.join(nothing)} where false"
        casts = "(" + ", ".join(f"%s::{kind}" for kind in kinds) + ")"
        cursor = ClientCursor(self._raw)
        values = ", ".join(cursor.mogrify(casts, row) for row in rows)
        return f"select * from (values {values}) as told({names})"

    def _kind(self, oid: int) -> str:
        info = self._raw.adapters.types.get(oid)
        if info is None:
            return "text"
        return f"{info.name}[]" if info.array_oid == oid else str(info.name)


def _nothing(target: str, ending: str) -> str:
    """What an INSERT of no rows answers: its columns, and no row."""
    returned = re.search(r"\breturning\b(.*)", ending, re.IGNORECASE | re.DOTALL)
    table = re.match(r"\s*insert\s+into\s+(\S+(?:\s+as\s+\w+)?)", target, re.IGNORECASE)
    if not returned or not table:
        return "select 1 where false"
    return f"select {returned[1]} from {table[1]} where false"  # noqa: S608 - parts of our own statement


def _selected(statement: str) -> tuple[str, str, str] | None:
    """Of an INSERT … SELECT: what stands before the query, the query, and what follows it."""
    if _first_word(statement) != "insert":
        return None
    words = [(at, statement[at:].lower()) for at, _ in _open(statement, 0) if _begins_word(statement, at)]
    begin = next((at for at, rest in words if re.match(r"(select|values|with)\b", rest)), None)
    if begin is None or not re.match(r"(select|with)\b", statement[begin:], re.IGNORECASE):
        return None
    end = next(
        (at for at, rest in words if at > begin and re.match(r"(on\s+conflict|returning)\b", rest)),
        len(statement),
    )
    return statement[:begin], statement[begin:end], statement[end:]


def _names(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text) is not None


def _first_word(text: str) -> str:
    found = _WORD.search(text)
    return found[0].lower() if found and not text[: found.start()].strip() else ""


def _begins_word(text: str, at: int) -> bool:
    return text[at].isalpha() and (at == 0 or not (text[at - 1].isalnum() or text[at - 1] == "_"))


def _closing(text: str, opening: int) -> int:
    """Where the parenthesis that opens there is closed."""
    return next(at for at, char in _open(text, opening) if char == ")")


def _open(text: str, place: int) -> Iterator[tuple[int, str]]:
    """The characters that stand in no quotes, comment or parentheses, from a place on; those of a pair as well."""
    depth = 0
    while place < len(text):
        char = text[place]
        if char in "'\"":
            place = _after_quoted(text, place)
            continue
        if text.startswith("--", place):
            place = text.find("\n", place)
            if place < 0:
                return
            continue
        if char == ")":
            depth -= 1
        if depth <= 0:
            yield place, char
        if char == "(":
            depth += 1
        place += 1


def _after_quoted(text: str, place: int) -> int:
    quote, escapes = text[place], place > 0 and text[place - 1] in "eE" and text[place] == "'"
    place += 1
    while place < len(text):
        if escapes and text[place] == "\\":
            place += 2
        elif text[place] == quote:
            if text[place + 1 : place + 2] != quote:
                return place + 1
            place += 2
        else:
            place += 1
    return place
