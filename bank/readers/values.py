"""Amounts, days, references and texts as banks write them, and what is found wrong on the way.

Rule: docs/domain.md#statement-files. Nothing is a float, and nothing is guessed: what has no one reading is BadValue.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Final
from zoneinfo import ZoneInfo

from bank.readers.interface import Mark, Problem
from bank.readers.refusals import BAD_ENCODING, TOO_LARGE, refuse
from batconnect.core.files.uploads import MAX_BYTES
from batconnect.core.kernel.clock import FIRST_YEAR, LAST_YEAR
from batconnect.core.kernel.money import CENT, LARGEST, format_amount

TEXT_LENGTH: Final = 1000
NAME_LENGTH: Final = 200
REFERENCE_LENGTH: Final = 60
ACCOUNT_LENGTH: Final = 60
NOTE_LENGTH: Final = 500
FOREIGN_LENGTH: Final = 200
SEQUENCE_LENGTH: Final = 35
RETURN_CODE_LENGTH: Final = 20
LARGEST_BALANCE: Final = Decimal("999999999999.99")
MAX_NAMED: Final = 50
_MAX_WARNINGS: Final = 20
_MAX_PROBLEMS: Final = 10_000
_LONGEST_AMOUNT: Final = 40
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_UNSTORABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")
_NO_REFERENCES: Final = frozenset(
    (
        "nonref",
        "notprovided",
        "not provided",
        "none",
        "n/a",
        "na",
        "null",
        "nil",
        "unknown",
        "noref",
        "no ref",
    )
)
_RETURNS: Final = re.compile(
    r"\b(?:returned? (?:item|che(?:ck|que)|deposit|ach|payment|debit|credit|transfer|wire)s?|deposited item returned"
    r"|(?:che(?:ck|que)|item|ach|payment|deposit|wire|transfer) returned|nsf|insufficient funds|chargeback"
    r"|charge back|dishonou?red|unpaid (?:che(?:ck|que)|item)|ach return|r(?:ü|ue)cklastschrift|retoure|impay[ée])\b",
    re.IGNORECASE,
)
_FEES: Final = re.compile(r"\b(?:fees?|charges?|entgelt|geb(?:ü|ue)hr(?:en)?|commission)\b", re.IGNORECASE)


class BadValue(ValueError):
    """A text has no one reading; `code` is stable, the message says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Findings:
    """What is wrong with entries, and what was changed in reading: both bounded."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._warnings: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings, each once; how many there are besides, where there are many."""
        said = list(self._warnings)
        more = len(said) - _MAX_WARNINGS
        return tuple(said if more <= 0 else [*said[:_MAX_WARNINGS], f"{more:,} more warnings like these."])

    def add(self, place: int, field: str, code: str, message: str) -> None:
        """An entry that is not booked, and why."""
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(Problem(place, field, code, message[:NOTE_LENGTH]))

    def warn(self, message: str) -> None:
        """Something to know that stops nothing."""
        self._warnings[message[:NOTE_LENGTH]] = None

    def cut(self, text: str, limit: int, what: str, place: int) -> str:
        """The text as far as it can be stored; that it was cut is said."""
        if len(text) <= limit:
            return text
        self.warn(f"Line {place}: {what} has {len(text):,} characters and was cut to {limit:,}.")
        return text[:limit]


def read_all(file: IO[bytes]) -> bytes:
    """The file's bytes from its beginning. Raises UnreadableStatement above the largest upload."""
    file.seek(0)
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise refuse(TOO_LARGE, f"The file has more than {MAX_BYTES:,} bytes: ask for shorter periods.")
    return content


def decode(content: bytes, *, encoding: str = "", any_bytes: bool = False) -> tuple[str, str]:
    """The text of the bytes and the encoding they were read in.

    Without `encoding`: by the file's mark, else UTF-8, else Windows-1252, and with `any_bytes` Latin-1. Raises
    UnreadableStatement for other bytes and for NUL characters.
    """
    named: tuple[str, ...]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        named = ("utf-16",)
    elif content.startswith(codecs.BOM_UTF8):
        named = ("utf-8-sig",)
    elif content[1:2] == b"\x00" or content[:1] == b"\x00":
        named = ("utf-16-le",) if content[1:2] == b"\x00" else ("utf-16-be",)
    else:
        named = (encoding,) if encoding else ("utf-8", "cp1252")
        named += ("latin-1",) if any_bytes else ()
    for each in named:
        try:
            text = content.decode(each)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise refuse(BAD_ENCODING, f"The file holds a NUL character at place {text.index(chr(0)):,}.")
        return text, each
    raise refuse(
        BAD_ENCODING,
        f"The file is not text in {' or '.join(named)}: say its encoding, or save it in UTF-8.",
    )


def clean(text: str) -> str:
    """The text on one line, single blanks between its words, without characters that cannot be stored."""
    return " ".join(_UNSTORABLE.sub(" ", text).split())


def exact_amount(text: str, *, largest: Decimal = LARGEST) -> Decimal:
    """An xs:decimal (`61`, `.5`, `+62.00`, `-3.100`) with two places. Raises BadValue."""
    plain = text.strip()
    if len(plain) > _LONGEST_AMOUNT or not _DECIMAL.fullmatch(plain):
        raise BadValue("not_an_amount", f"{plain[:40]!r} is not an amount.")
    if len(plain.partition(".")[2].rstrip("0")) > 2:
        raise BadValue("more_than_cents", f"{plain!r} has more than two decimals.")
    amount = Decimal(plain)
    if abs(amount) > largest:
        raise BadValue("amount_too_large", f"{plain!r} is above {format_amount(largest)}.")
    return amount.quantize(CENT)


def checked_day(day: date) -> date:
    """The day, if it lies in years that are kept. Raises BadValue."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadValue("not_a_date", f"The year {day.year} is not from {FIRST_YEAR} to {LAST_YEAR}.")
    return day


def iso_day(text: str) -> date:
    """An xs:date: the calendar date as written, with or without a zone. Raises BadValue."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        raise BadValue("not_a_date", f"{text[:40]!r} is not a date.")
    try:
        return checked_day(date.fromisoformat(match[1]))
    except BadValue:
        raise
    except ValueError as error:
        raise BadValue("not_a_date", f"{text[:40]!r} is not a date.") from error


def instant_day(text: str, zone: ZoneInfo) -> date:
    """An xs:dateTime: its day in the zone when it says its own, else as written. Raises BadValue."""
    plain = text.strip().replace("T24:00:00", "T23:59:59")
    try:
        instant = datetime.fromisoformat(plain[:40])
        return checked_day(local_day(instant, zone))
    except BadValue:
        raise
    except (ValueError, OverflowError) as error:
        raise BadValue("not_a_date", f"{text[:40]!r} is not a date and time.") from error


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The instant's day in the zone; as written when it has no zone of its own."""
    return instant.date() if instant.tzinfo is None else instant.astimezone(zone).date()


def short_year_day(text: str) -> date:
    """`YYMMDD`, of this century. Raises BadValue."""
    try:
        if len(text) != 6 or not (text.isascii() and text.isdecimal()):
            raise ValueError(text)
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError as error:
        raise BadValue("not_a_date", f"{text[:20]!r} is not a date of the form YYMMDD.") from error


def known_reference(text: str) -> str:
    """A reference, or "" for what banks write where there is none: blanks, zeros, `NONREF`, `NOTPROVIDED`."""
    plain = clean(text)
    return "" if plain.casefold() in _NO_REFERENCES or not plain.strip("0 -./_*") else plain


def join_texts(pieces: Iterable[str], *, limit: int = TEXT_LENGTH) -> str:
    """Pieces of a text that a bank cut by length, with blanks between them; words that were cut follow in brackets.

    Nobody can tell a piece's end from a word's: `TST-D` and `-1001 thank you` gives `TST-D -1001 thank you
    [TST-D-1001]`. Only words with a digit are joined. Of a text above the limit the brackets stand first.
    """
    cleaned = [_UNSTORABLE.sub(" ", each) for each in pieces]
    spaced = " ".join(" ".join(cleaned).split())
    joined = "".join(cleaned)
    words: dict[str, None] = {}
    place = 0
    for each in cleaned[:-1]:
        place += len(each)
        if each and place < len(joined) and not joined[place - 1].isspace() and not joined[place].isspace():
            word = _word_at(joined, place)
            if any(letter.isdecimal() for letter in word) and len(word) <= REFERENCE_LENGTH:
                words[word] = None
    joints = " ".join(words)
    if not joints or len(joints) > limit // 2:
        return spaced
    return f"{spaced} [{joints}]" if len(spaced) + len(joints) + 3 <= limit else f"[{joints}] {spaced}"


def _word_at(text: str, place: int) -> str:
    """The word around the place, as far as it may be a reference."""
    begin = text.rfind(" ", max(0, place - REFERENCE_LENGTH), place) + 1
    begin = max(begin, place - REFERENCE_LENGTH)
    end = text.find(" ", place, place + REFERENCE_LENGTH)
    return text[begin : place + REFERENCE_LENGTH if end < 0 else end].strip()


def joined_once(texts: Sequence[str]) -> str:
    """Texts one after the other; what another one holds already is left out."""
    kept: list[str] = []
    for each in texts:
        if each and not any(each in other for other in kept):
            kept.append(each)
    return " ".join(kept)


def mark_of_words(text: str) -> Mark:
    """Whether a text's words say that something came back. A fee for that is none."""
    return "return" if _RETURNS.search(text) and not _FEES.search(text) else ""
