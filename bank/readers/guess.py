"""How a bank's table may be read: a mapping for a person to look at, with what is not certain as questions.

Rule: docs/domain.md#statement-files. Columns are found by their headings, and what these leave open by their cells;
which order of day and month and which decimal sign, by which all cells can be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from bank.readers import refusals
from bank.readers.balances import follow
from bank.readers.guess_columns import guess_columns, score
from bank.readers.interface import TableForm, UnreadableStatement
from bank.readers.refusals import refuse
from bank.readers.table import read_table
from bank.readers.table_cells import table_amount, table_day
from bank.readers.table_lines import is_total
from bank.readers.table_rows import Row, Source, open_table, refuse_batch
from bank.readers.values import BadValue

_SHOWN: Final = 10
_LOOKED_AT: Final = 90
_MONEY: Final = ("amount", "debit", "credit")
_UTC: Final = ZoneInfo("UTC")
_FORMS: Final = {
    "mdy": "month first (11/20/2026)",
    "dmy": "day first (20/11/2026)",
    "ymd": "year first (2026-11-20)",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What the file leaves open: a member of the form, what is asked, and the answers with what each means."""

    field: str
    message: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """A form with what it was found by. `form` is None where the file does not show its day or its amount; `rows` are
    the first below the headings. It may be used as it is when `ambiguous` is empty."""

    form: TableForm | None
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    heading_line: int
    notes: tuple[str, ...]
    ambiguous: tuple[Question, ...]


def guess_form(file: IO[bytes], *, currency: str = "USD") -> Guess:
    """How the table may be read. Raises UnreadableStatement for what is not a table."""
    source = open_table(file)
    separator, headings, rows = _best(source)
    below = [list(row.cells) for row in rows if row.line_no > headings.line_no and not is_total(row)][
        :_LOOKED_AT
    ]
    named, notes, questions = guess_columns(headings.cells, below)
    shown = tuple(tuple(row) for row in below[:_SHOWN])
    if "date" not in named or not any(name in named for name in _MONEY):
        missing = [name for name in ("date", "amount") if name not in named]
        asked = tuple(
            Question(f"{name}_column", f"Which column is the {name}?", _choices(headings)) for name in missing
        )
        return Guess(None, headings.cells, shown, headings.line_no, tuple(notes), asked)
    columns: dict[str, Any] = {f"{name}_column": headings.cells[place] for name, place in named.items()}
    form = TableForm(
        **columns,
        separator="" if source.text is None else separator,
        encoding="windows-1252" if source.encoding == "cp1252" else "",
    )
    asked_all = [Question(f"{name}_column", message, _choices(headings)) for name, message in questions]
    cells = {
        name: [row[place] for row in below if place < len(row) and row[place]]
        for name, place in named.items()
    }
    form = _with_day(form, cells["date"], notes, asked_all)
    form = _with_decimals(
        form, [each for name in _MONEY for each in cells.get(name, ())], currency, notes, asked_all
    )
    if source.encoding == "cp1252":
        asked_all.append(_encoding_question(below))
    _try(file, form, currency, notes, asked_all)
    return Guess(form, headings.cells, shown, headings.line_no, tuple(notes), tuple(asked_all))


def _best(source: Source) -> tuple[str, Row, list[Row]]:
    """The separator and the row of headings that make the most sense together."""
    best: tuple[int, str, Row, list[Row]] | None = None
    for separator in source.separators():
        rows = source.head(separator)
        refuse_batch(rows)
        for place, row in enumerate(rows[:50]):
            worth = score(row.cells, [each.cells for each in rows[place + 1 : place + 20]])
            if worth and (best is None or worth > best[0]):
                best = (worth, separator, row, rows)
    if best is None:
        for _ in source.rows(source.separators()[0]):
            break
        raise refuse(
            refusals.WRONG_FILE,
            "The file is not a table with headings that name at least a day and an amount.",
        )
    return best[1], best[2], best[3]


def _choices(headings: Row) -> tuple[tuple[str, str], ...]:
    return tuple((each, each) for each in headings.cells if each)


def _with_day(form: TableForm, cells: Sequence[str], notes: list[str], asked: list[Question]) -> TableForm:
    """The order by which most days can be read; a question where several orders read them differently."""
    readings = {order: [_day(cell, order) for cell in cells] for order in _FORMS}
    counts = {order: sum(each is not None for each in days) for order, days in readings.items()}
    most = max(counts.values(), default=0)
    orders = [order for order, count in counts.items() if count == most]
    order = orders[0] if orders else "mdy"
    # Where not all can be read, the others may be meant in another order; years of two digits stand last.
    rivals = orders if most == len(cells) else [each for each, count in counts.items() if count]
    conflicts = {
        each: example
        for each in rivals
        if each not in (order, "ymd") and (example := _read_twice(cells, readings[order], readings[each]))
    }
    if conflicts:
        example = next(iter(conflicts.values()))
        meanings = tuple((each, f"{_FORMS[each]}: {_day(example, each)}") for each in (order, *conflicts))
        asked.append(Question("date_form", f"{example!r} can be two days. Which comes first?", meanings))
    elif len(orders) < len(_FORMS):
        notes.append(f"Days are read {_FORMS[order]}.")
    if most < len(cells):
        notes.append(f"{len(cells) - most} of {len(cells)} days cannot be read so.")
    return replace(form, date_form=order)


def _read_twice(cells: Sequence[str], first: Sequence[object], second: Sequence[object]) -> str:
    """The first cell that is two days by the two orders, "" where there is none."""
    pairs = zip(cells, first, second, strict=True)
    return next((cell for cell, one, other in pairs if one and other and one != other), "")


def _day(text: str, order: str) -> object:
    try:
        return table_day(text, date_form=order, zone=_UTC)
    except BadValue:
        return None


def _with_decimals(
    form: TableForm, cells: Sequence[str], currency: str, notes: list[str], asked: list[Question]
) -> TableForm:
    """The decimal sign by which most amounts can be read."""
    code = "" if form.currency_column else currency
    readings = {sign: [_money(cell, sign, code) for cell in cells] for sign in (".", ",")}
    counts = {sign: sum(each is not None for each in found) for sign, found in readings.items()}
    sign = "," if counts[","] > counts["."] else "."
    notes.append(f"Amounts are read with a decimal {'comma' if sign == ',' else 'point'}.")
    if counts["."] == counts[","] and readings["."] != readings[","]:
        asked.append(
            Question(
                "decimal_sign",
                "The amounts can be read with a decimal point or a decimal comma. Which is it?",
                ((".", "Point: 1,234.56"), (",", "Comma: 1.234,56")),
            )
        )
    left = len(cells) - counts[sign]
    if left:
        notes.append(f"{left} of {len(cells)} amounts cannot be read so.")
    return replace(form, decimal_sign=sign)


def _money(text: str, sign: str, currency: str) -> object:
    try:
        return table_amount(text, decimal_sign=sign, currency=currency)
    except BadValue:
        return None


def _encoding_question(rows: Sequence[Sequence[str]]) -> Question:
    words = [cell for row in rows for cell in row if not cell.isascii()]
    sample = f" It then says {words[0][:40]!r}." if words else ""
    return Question(
        "encoding",
        f"The file is not UTF-8; it is read as Windows-1252.{sample} Is that right?",
        (("windows-1252", "Windows-1252"), ("iso-8859-15", "Latin-9"), ("cp850", "DOS (850)")),
    )


def _try(file: IO[bytes], form: TableForm, currency: str, notes: list[str], asked: list[Question]) -> None:
    """Read the file so, and say what the running balance thinks of it."""
    try:
        statement = read_table(file, form=form, currency=currency, zone=_UTC)
    except UnreadableStatement as error:
        column = "direction_column" if form.direction_column or form.amount_column else "debit_column"
        asked.append(Question(column, error.message))
        return
    is_one_sided = bool(statement.lines) and len({each.direction for each in statement.lines}) == 1
    has_proof = statement.opening is not None
    if has_proof and follow(statement.lines).order == "up":
        notes.append("The running balance follows from row to row: directions are right.")
    elif is_one_sided and form.amount_column and not form.direction_column and len(statement.lines) > 1:
        way = "in" if statement.lines[0].direction == "in" else "out"
        asked.append(
            Question("direction_column", f"Every row is money {way}. Does another column say the direction?")
        )
    if statement.problems:
        notes.append(f"{len(statement.problems)} rows cannot be read: {statement.problems[0].message}")
    notes.extend(statement.warnings)
