"""Names of payers beside names of customers (docs/domain.md#matching)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

_WORD: Final = re.compile(r"[A-Z0-9]+")
_LEGAL_FORMS: Final = frozenset(
    re.split(
        " ",
        "LLC LLP LLLP LP PLLC PLC PC INC INCORPORATED CORP CORPORATION CO COMPANY LTD LIMITED GMBH AG KG OHG UG MBH "
        "SA SARL SAS SRL SPA BV NV OY AB AS APS PTY PTE",
    )
)
_TITLES: Final = frozenset(["MR", "MRS", "MS", "MISS", "DR", "PROF", "HERR", "FRAU"])
_SUFFIXES: Final = frozenset(["JR", "SR", "II", "III", "IV"])
# A word that is cut off, by the bank or by the payer, is known by this much of it.
_SHORTEST_CUT: Final = 3
SAME: Final = 100
LIKE: Final = 90
"""Every word is there, some of them misspelled."""
PART: Final = 75
"""At least two of its words, and no other."""
FLOOR: Final = 60
"""Below this, two names have nothing to do with one another."""
_SPELT_ALIKE: Final = 84
_MISSPELLED: Final = 88
_CUT: Final = 86
_INITIAL: Final = 70
_HALF: Final = 50
_BEGINNING: Final = 4


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Capitals without accents: `Müller-Peña` is `MULLER-PENA`."""
    if text.isascii():
        return text.upper()
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("Ø", "O"))
    return "".join(each for each in decomposed if not unicodedata.combining(each)).upper()


@lru_cache(maxsize=50_000)
def words_of(name: str) -> tuple[str, ...]:
    """The words by which a name is compared: without accents, punctuation, titles and legal forms.

    `A.B.C. Taxi, L.L.C.` is `ABC TAXI`: single letters with points between them are one word.
    """
    text = re.sub(r"\b(?:[A-Z]\.){2,}", lambda found: found[0].replace(".", "") + " ", plain(name))
    words = _WORD.findall(re.sub(r"['’`]", "", text.replace("&", " AND ")))
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    while len(words) > 1 and words[0] in _TITLES:
        words.pop(0)
    return tuple(words)


def same_name(name: str) -> str:
    """What names have in common that differ in case, accents, punctuation and legal form alone."""
    return " ".join(words_of(name))


def spellings_of(name: str) -> tuple[str, ...]:
    """The ways a payer's name may be a customer's: as it stands, and turned at its comma (`RAHMAN, MOHAMMED`)."""
    last, comma, first = name.partition(",")
    given = same_name(name)
    if not comma or not words_of(first) or words_of(name) == words_of(last):
        return (given,)
    return tuple(dict.fromkeys((given, same_name(f"{first} {last}"))))


def beginnings_of(words: Sequence[str]) -> set[str]:
    """The first letters by which customers' names are looked up; short words count as they are."""
    return {word[:_BEGINNING] for word in words if len(word) >= 2 and word not in _LEGAL_FORMS}


def is_legal_form(word: str) -> bool:
    """Whether the word says what kind of company it is."""
    return word in _LEGAL_FORMS


@lru_cache(maxsize=200_000)
def alike(payer: str, customer: str) -> int:
    """How much alike two names are, of `same_name`: SAME, LIKE (misspelled, or in another order), PART (words left out
    or cut off), or a figure below; 0 where it is under FLOOR."""
    if payer == customer:
        return SAME
    given, known = _no_suffix(payer), _no_suffix(customer)
    few, many = (given, known) if len(given) <= len(known) else (known, given)
    scores = _pair_up(few, many)
    if not scores:
        return 0
    found = sum(1 for each in scores if each >= _SPELT_ALIKE)
    letters = sum(len(word) for word in few)
    if len(few) == len(many) == found and (len(few) > 1 or letters >= 6):
        return LIKE
    if len(few) >= 2 and found == len(few) and letters >= 7:
        return PART
    share = sum(each for each in scores if each >= _HALF) // len(many)
    return min(share, PART - 1) if share >= FLOOR // 2 else 0


@lru_cache(maxsize=50_000)
def _no_suffix(name: str) -> tuple[str, ...]:
    words = name.split()
    return tuple(word for word in words if word not in _SUFFIXES) or tuple(words)


@lru_cache(maxsize=50_000)
def _longest_first(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(words, key=len, reverse=True))


def _pair_up(few: tuple[str, ...], many: tuple[str, ...]) -> list[int]:
    """For each word of the shorter name how much it is like its own word of the longer one."""
    left = list(many)
    scores = []
    for word in _longest_first(few):
        likeness = [_like(word, other) for other in left]
        best = max(likeness, default=0)
        scores.append(best)
        if likeness:
            del left[likeness.index(best)]
    return scores


@lru_cache(maxsize=100_000)
def _like(one: str, other: str) -> int:
    """How much alike two words are; from _SPELT_ALIKE on they may be the same word."""
    if one == other:
        return 100
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return _INITIAL if long.startswith(short) else 0
    if len(short) >= _SHORTEST_CUT and long.startswith(short):
        return _CUT
    if len(short) < _SHORTEST_CUT:
        return 0
    edits = OSA.distance(one, other, score_cutoff=2)
    # Nobody misspells the first letter, and short words are too near to one another.
    slips = len(long) // 5 if one[0] == other[0] else 0
    return _MISSPELLED if edits <= min(slips, 2) else int(fuzz.ratio(one, other)) * _HALF // 100
