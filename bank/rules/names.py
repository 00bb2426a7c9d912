"""Names of payers beside names of customers (docs/domain.md#matching)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

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
_BEGINNING: Final = 4


@lru_cache(maxsize=4_000)
def plain(text: str) -> str:
    """Capitals without accents: `Müller-Peña` is `MULLER-PENA`."""
    if text.isascii():
        return text.upper()
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("Ø", "O"))
    return "".join(each for each in decomposed if not unicodedata.combining(each)).upper()


@lru_cache(maxsize=10_000)
def words_of(name: str) -> tuple[str, ...]:
    """The words by which a name is compared: without accents, punctuation, titles and legal forms.

    `A.B.C. Taxi, L.L.C.` is `ABC TAXI`: single letters with points between them are one word.
    """
    text = re.sub(r"\b(?:[A-Z]\.){2,}", lambda found: found[0].replace(".", "") + " ", plain(name))
    words = _WORD.findall(re.sub(r"['’`]", "", text.replace("&", " AND ")))
    return without_forms(words)


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


def without_forms(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a name without the titles in front and the legal forms behind."""
    first, last = 0, len(words)
    while last - first > 1 and words[last - 1] in _LEGAL_FORMS:
        last -= 1
    while last - first > 1 and words[first] in _TITLES:
        first += 1
    return tuple(words[first:last])


def says_no_name(word: str) -> bool:
    """Whether the word is a title or a legal form, which no name is told by."""
    return word in _LEGAL_FORMS or word in _TITLES


@lru_cache(maxsize=20_000)
def alike(payer: str, customer: str) -> int:
    """How much alike two names are, of `same_name`: SAME, LIKE (misspelled, or in another order), PART (words left out
    or cut off), or a figure below; 0 where it is under FLOOR."""
    if payer == customer:
        return SAME
    given, known = _no_suffix(payer), _no_suffix(customer)
    few, many = (given, known) if len(given) <= len(known) else (known, given)
    scores = _pair_up(few, many)
    found = share = 0
    for each in scores:
        share += each
        found += each >= _SPELT_ALIKE
    letters = sum(map(len, few)) if found == len(few) else 0
    if len(few) == len(many) == found and (len(few) > 1 or letters >= 6):
        return LIKE
    if len(few) >= 2 and found == len(few) and letters >= 7:
        return PART
    share //= len(many)
    return min(share, PART - 1) if share >= FLOOR // 2 else 0


@lru_cache(maxsize=20_000)
def _no_suffix(name: str) -> tuple[str, ...]:
    """Its words but for suffixes, the longest first."""
    words = name.split()
    kept = [word for word in words if word not in _SUFFIXES] or words
    return tuple(sorted(kept, key=len, reverse=True))


def _pair_up(few: Sequence[str], many: Sequence[str]) -> list[int]:
    """For each word of the shorter name that is like one of the longer name, how much it is like its own word there;
    the longest words choose first."""
    left = list(many)
    scores = []
    for word in few:
        letter, best, own = word[0], 0, ""
        for other in left:
            # Nobody misspells the first letter.
            if other[0] == letter and (likeness := _like(word, other)) > best:
                best, own = likeness, other
        if own:
            scores.append(best)
            left.remove(own)
    return scores


@lru_cache(maxsize=50_000)
def _like(one: str, other: str) -> int:
    """How much alike two words with the same first letter are, 0 where they are not; from _SPELT_ALIKE on they may be
    the same word."""
    if one == other:
        return 100
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(short) == 1:
        return _INITIAL
    if len(short) < _SHORTEST_CUT:
        return 0
    if long.startswith(short):
        return _CUT
    # Short words are too near to one another.
    slips = min(len(long) // 5, 2)
    return _MISSPELLED if slips and OSA.distance(one, other, score_cutoff=slips) <= slips else 0
