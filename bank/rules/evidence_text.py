"""What the words of a line may name: numbers and references, with what the bank did to them, and telling words.

Rule: docs/domain.md#matching. A number is found in any case, and when the bank put blanks or line breaks into it. Bare
years, dates, amounts and short bare numbers name nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from bank.rules.names import plain

_CHUNK: Final = re.compile(r"[A-Za-z0-9]+")
_WALL: Final = "\x1f"
"""Stands where no number can go on: in the place of an amount or a date."""
_EDGE: Final = r"(?<![A-Za-z0-9./-])"
_END: Final = r"(?![A-Za-z0-9/-]|\.\d)"
_AMOUNT: Final = re.compile(
    rf"{_EDGE}(?:USD|EUR|GBP|CAD|[$€£])?\s?-?\d{{1,3}}(?:[,.]?\d{{3}})*[.,]\d{{2}}(?:USD|EUR|[$€])?{_END}",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    rf"{_EDGE}(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}})|\d{{4}}[/.-]\d{{1,2}}[/.-]\d{{1,2}}|\d{{1,2}}/\d{{1,2}}){_END}"
)
_OF_A_YEAR: Final = re.compile(r"([A-Z]{2,8})(20\d\d)(\d{3,9}?)")
_MAX_CHUNKS: Final = 9
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LONGEST_GAP: Final = 3
_LONGEST_PREFIX: Final = 6
_LONGEST_TAIL: Final = 2
_SHORTEST: Final = 4
_SHORTEST_JOINED: Final = 5
_SHORTEST_BARE: Final = 6
LONGEST: Final = 60
_LABELS: Final = frozenset(
    re.split(
        " ",
        "INV INVOICE BILL REF REFERENCE ACCT ACCOUNT CUST CUSTOMER CLIENT TLC LIC LICENSE LICENCE DRIVER DRV LEASE "
        "MED MEDALLION PLATE CASE DTR NO NR NUM NUMBER",
    )
)
_RETURN: Final = re.compile(
    r"\b(RETURNED|RETURN|RETD|RTN|REVERSAL|REVERSED|REVERSE|NSF|INSUFFICIENT FUNDS|CHARGE ?BACK|BOUNCED|DISHONOU?RED|"
    r"RUECKLASTSCHRIFT|R(?:0[1-9]|1\d|2\d|3\d)\b(?=.*\bRET))"
)
_CHARGE: Final = re.compile(
    r"\b(SERVICE CHARGE|SERVICE FEE|SVC CH(?:AR)?GE?|MAINTENANCE FEE|MONTHLY FEE|WIRE FEE|WIRE TRANS(?:FER)? (?:SVC )?"
    r"(?:FEE|CHARGE)|OVERDRAFT FEE|STOP PAYMENT FEE|ANALYSIS (?:FEE|CHARGE)|BANK FEE|BANK CHARGES?|ACCOUNT FEE|"
    r"RETURNED ITEM FEE|ACH FEE|TRANSACTION FEE|LOCKBOX FEE|KONTOFUEHRUNG)\b"
)
# A direct deposit is a transfer: nobody brought it to the bank.
_DEPOSIT: Final = re.compile(r"(?<!DIRECT )\b(DEPOSITS?|DEPOSIT SLIP|COUNTER CREDIT)\b")
_INTEREST: Final = re.compile(
    r"\b(INTEREST (?:PAID|PAYMENT|EARNED|CREDIT|CHARGE)|CREDIT INTEREST|INT PAID|ZINSEN)\b"
)
_CHECK: Final = re.compile(r"\b(?:CHECK|CHK|CK|CHEQUE)(?:\s?(?:NO|NR|NUMBER)\b)?[\s#:.-]{0,3}(\d{2,10})\b")


class Token(NamedTuple):
    """What may be a number of something. `key` is folded: capitals and digits alone; `spellings` are ways it may be
    stored. A `bare` one has no letter and no label before it; a `last` one ends the text, so it may be cut off; an
    `inner` one begins or ends within a word with hyphens. `span` is its place in the text."""

    key: str
    spellings: tuple[str, ...]
    written: str
    is_bare: bool = False
    is_joined: bool = False
    is_last: bool = False
    is_inner: bool = False
    span: tuple[int, int] = (0, 0)

    def within(self, other: Token) -> bool:
        """Whether it is a piece of the other one."""
        inside = other.span[0] <= self.span[0] and self.span[1] <= other.span[1]
        return inside and self.span != other.span


class _Chunk(NamedTuple):
    """Letters and digits in a row, and what lies between them and those before."""

    begin: int
    end: int
    key: str
    has_digit: bool
    is_word: bool
    is_near: bool
    """Whether a number may go on from those before."""
    has_blank: bool


@lru_cache(maxsize=1_024)
def tokens_of(text: str) -> tuple[Token, ...]:
    """Everything in the text that may be a number, each once; the one without blanks inside goes first."""
    walled = _DATE.sub(_WALL, _AMOUNT.sub(_WALL, text))
    chunks = _chunks(walled)
    tokens: dict[str, Token] = {}
    for place in range(len(chunks)):
        for token in _from(walled, chunks, place):
            kept = tokens.get(token.key)
            if kept is None or (kept.is_joined and not token.is_joined):
                tokens[token.key] = token
    return tuple(tokens.values())


def _chunks(text: str) -> list[_Chunk]:
    chunks = []
    end = 0
    for each in _CHUNK.finditer(text):
        key, gap = each[0].upper(), text[end : each.start()]
        chunks.append(
            _Chunk(
                begin=each.start(),
                end=(end := each.end()),
                key=key,
                has_digit=not key.isalpha(),
                is_word=_is_word(key),
                is_near=len(gap) <= _LONGEST_GAP and _WALL not in gap,
                has_blank=bool(gap) and any(map(str.isspace, gap)),
            )
        )
    return chunks


def _from(text: str, chunks: Sequence[_Chunk], place: int) -> Iterator[Token]:
    """The numbers that may begin with the chunk at this place."""
    begin, key = chunks[place].begin, ""
    end = begin
    is_joined = has_digit = False
    for each in chunks[place : place + _MAX_CHUNKS]:
        if key:
            if not each.is_near:
                return
            if each.has_blank:
                if each.is_word or _is_word(text[begin:end].split()[-1]):
                    return
                is_joined = True
        end = each.end
        key += each.key
        if len(key) > LONGEST:
            return
        has_digit = has_digit or each.has_digit
        if (
            has_digit
            and (len(key) == len(each.key) or len(key) - len(key.rstrip(_LETTERS)) <= _LONGEST_TAIL)
            and _is_long_enough(key, is_joined)
        ):
            before = chunks[place - 1].key if place else ""
            yield _token(text, (begin, end), key, is_joined, before)


def _is_word(written: str) -> bool:
    """A word of the language, as no number has one beside a blank."""
    return len(written) > _LONGEST_PREFIX and written.isalpha()


def _is_long_enough(key: str, is_joined: bool) -> bool:
    if key.isdecimal():
        return not is_joined and len(key) >= _SHORTEST_BARE
    return len(key) >= (_SHORTEST_JOINED if is_joined else _SHORTEST)


def _token(text: str, span: tuple[int, int], key: str, is_joined: bool, before: str) -> Token:
    written = text[slice(*span)]
    closed = re.sub(r"\s+", "", written)
    spelled = [closed, closed.upper()]
    if is_joined:
        spelled.append("-".join(_CHUNK.findall(written)).upper())
    if of_year := _OF_A_YEAR.fullmatch(key):
        spelled.append("-".join(of_year.groups()))
    return Token(
        key=key,
        spellings=tuple(dict.fromkeys(spelled)),
        written=" ".join(written.split()),
        is_bare=key.isdecimal() and before not in _LABELS,
        is_joined=is_joined,
        is_last=not text[span[1] :].strip(),
        is_inner=(text[span[0] - 1 : span[0]] == "-" and text[span[0] - 2 : span[0] - 1].isalnum())
        or bool(re.match(r"-\w", text[span[1] :])),
        span=span,
    )


def given_token(reference: str) -> Token:
    """The token of a reference that stands in a field of its own."""
    closed = re.sub(r"\s+", "", reference)[:LONGEST]
    key = plain("".join(_CHUNK.findall(closed)))
    return Token(key=key, spellings=tuple(dict.fromkeys([closed, closed.upper()])), written=reference.strip())


@lru_cache(maxsize=1_024)
def check_numbers(text: str) -> frozenset[str]:
    """The numbers that stand behind the word check, without leading zeros."""
    return frozenset(each.lstrip("0") for each in _CHECK.findall(plain(text)) if each.lstrip("0"))


def says_return(text: str) -> str:
    """The word that says that money came back, or ""."""
    return _first(_RETURN, text)


def says_charge(text: str) -> str:
    """The words that say that the bank charged something, or ""."""
    return _first(_CHARGE, text)


def says_deposit(text: str) -> str:
    """The word that says that cash or checks were brought to the bank, or ""."""
    return _first(_DEPOSIT, text)


def says_interest(text: str) -> str:
    """The words that say that it is interest, or ""."""
    return _first(_INTEREST, text)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(" ".join(plain(text).split()))
    return found[0] if found else ""


def pattern_of(text: str) -> str:
    """What a rule keeps of a text: its words without numbers, in capitals; "" when too few are left to say anything."""
    words = [
        word for word in re.findall(r"[A-Z0-9&]+", plain(text)) if not any(each.isdecimal() for each in word)
    ]
    pattern = " ".join(words)[:200]
    return pattern if len(words) >= 2 and len(pattern) >= 8 else ""


@lru_cache(maxsize=1_024)
def folded(text: str) -> str:
    """A text as rules are compared with it: capitals, words with single blanks, blanks at both ends."""
    return f" {' '.join(re.findall(r'[A-Z0-9&]+', plain(text)))} "


def contains(text: str, pattern: str) -> bool:
    """Whether the folded text has the pattern's words in a row; numbers between them do not count."""
    return f" {pattern} " in text or f" {pattern} " in _without_numbers(text)


def _without_numbers(text: str) -> str:
    return f" {' '.join(word for word in text.split() if not any(each.isdecimal() for each in word))} "


def account_key(account: str) -> str:
    """An account's number as it is compared, or "" for one that is hidden or too short to be anybody's."""
    key = plain("".join(account.split()))
    return key if len(key) >= _SHORTEST and "*" not in key and "XXX" not in key else ""
