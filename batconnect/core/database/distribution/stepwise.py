"""A statement that writes several tables, or what a query finds, carried out in steps.

A distributed database plans neither INSERT … SELECT under row security nor a WITH whose parts write, even when all is
of one company. Each part is then a statement of its own; what it answered is given to the later ones as values. The
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
_RUNNING: Final = "\0"
# Django puts the other table's into parentheses, and either may be the one that is joined.
_COMPANIES_OF_DJANGO: Final = re.compile(
    r"""("\w+"\."company_id"|\w+\."company_id") = \(("?\w+"?\."company_id")\)"""
)
# By hand the table that is joined comes first.
_COMPANIES: Final = re.compile(r"""((?:"?\w+"?\.)?"?\bcompany_id"?)\s*=\s*"?\w+"?\."?company_id\b"?""")
_CLOCKS: Final = re.compile(r"\b(?:now|statement_timestamp|clock_timestamp)\(\)")
_CHOICE: Final = re.compile(r"\b(?:case|coalesce)\b", re.IGNORECASE)
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
    if many or not isinstance(statement, str):
        return execute(statement, values, many, context)
    statement = by_value(statement, context["connection"].company_of_queries)
    if _asks_clock(statement):
        statement = _at_an_instant(execute, statement, context)
    if not needs_steps(statement):
        return execute(statement, values, many, context)
    raw = context["connection"].connection
    text = statement if values is None else ClientCursor(raw).mogrify(statement, values)
    return _Steps(execute, context, raw).run(*split(text))


@lru_cache(maxsize=4096)
def _asks_clock(statement: str) -> bool:
    """Whether it writes what it makes of a clock, which no node is let do: theirs could differ."""
    writes = _first_word(statement) == "update" or needs_steps(statement)
    asked = set(_CLOCKS.findall(statement))
    return writes and ("clock_timestamp()" in asked or bool(asked and _CHOICE.search(statement)))


def _at_an_instant(execute: Any, statement: str, context: Any) -> str:
    """The statement with its clocks read on the coordinator; what it returns is left to `_Steps`."""
    execute("select now()::text, clock_timestamp()::text", None, False, context)
    began, here = context["cursor"].fetchone()
    known = {"now()": began, "statement_timestamp()": here, "clock_timestamp()": here}
    ending = _CLOCK.search(statement)
    body, kept = (statement[: ending.start()], ending[0]) if ending else (statement, "")
    return _CLOCKS.sub(lambda found: f"'{known[found[0]]}'::timestamptz", body) + kept


def by_value(statement: str, company: str) -> str:
    """The statement with comparisons of two companies made comparisons with the running one, which all its rows have.

    So each table is known to be of one node, also where an outer or lateral join hides that it follows another's.
    """
    return _compared(statement).replace(_RUNNING, company) if company else statement


@lru_cache(maxsize=4096)
def _compared(statement: str) -> str:
    running = f"'{_RUNNING}'::uuid"
    statement = _COMPANIES_OF_DJANGO.sub(rf"\1 = {running} and \2 = {running}", statement)
    return _COMPANIES.sub(rf"\1 = {running}", statement)


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
        self._answers[part.name] = _Answer(part.name + part.columns, self._answered())

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
            rows, _ = self._rows(typed=False)
            values = ", ".join(rows)
            if not rows:
                # Nothing to insert, and what it would have answered: no rows.
                return self._do(_nothing(target, ending))
            text = f"{target} values {values} {ending}"
        clock = _CLOCK.search(text) if _first_word(text) in _WRITES else None
        if clock is None:
            return self._do(text)
        self._do(text[: clock.start()])
        return self._do(f"select told.*, statement_timestamp() from ({self._answered()}) told")  # noqa: S608 - as below

    def _do(self, text: str) -> Any:
        """Run it, with the answers that it names before it."""
        used = [answer for name, answer in self._answers.items() if _names(text, name)]
        if used:
            head = "with " + ", ".join(f"{answer.name} as ({answer.text})" for answer in used)
            own = re.match(r"\s*with\b", text, re.IGNORECASE)
            text = f"{head}, {text[own.end() :]}" if own else f"{head} {text}"
        return self._execute(text, None, False, self._context)

    def _rows(self, *, typed: bool = True) -> tuple[list[str], list[str]]:
        """What was answered last, each row as the server wrote it, and each column's name and type as a null. What is
        inserted has the types of its columns."""
        result = self._context["cursor"].pgresult
        if result is None or not result.nfields:
            return [], ["1"]
        columns = range(result.nfields)
        kinds = [self._kind(result.ftype(column)) for column in columns]
        casts = [f"::{kind}" if typed else "" for kind in kinds]
        rows = [
            f"({', '.join(_quoted(result.get_value(row, column)) + casts[column] for column in columns)})"
            for row in range(result.ntuples)
        ]
        names = [result.fname(column).decode() for column in columns]
        return rows, [f'null::{kind} as "{name}"' for name, kind in zip(names, kinds, strict=True)]

    def _answered(self) -> str:
        """What was answered last, as text that selects it."""
        rows, columns = self._rows()
        if not rows:
            return f"select {', '.join(columns)} where false"
        names = ", ".join(column.rpartition(" as ")[2] for column in columns)
        return f"select * from (values {', '.join(rows)}) as told({names})"  # noqa: S608 - the server's own text, quoted

    def _kind(self, oid: int) -> str:
        info = self._raw.adapters.types.get(oid)
        if info is None:
            return "text"
        return f"{info.name}[]" if info.array_oid == oid else str(info.name)


def _quoted(value: bytes | None) -> str:
    if value is None:
        return "null"
    return "'" + value.decode().replace("'", "''") + "'"


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
