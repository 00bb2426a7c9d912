"""Which customers are called as payers are, or as the words of lines say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection

from bank.models import LinePart
from bank.rules import evidence
from bank.rules.evidence import Evidence, Kind
from bank.rules.names import (
    LIKE,
    PART,
    SAME,
    alike,
    beginnings_of,
    is_legal_form,
    same_name,
    says_no_name,
    spellings_of,
    without_forms,
    words_of,
)
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor

# Names and their words by how they begin. Comparisons are those that row-level security lets an index serve.
_BEGINNING: Final = """
with k as materialized (
  select distinct k.target from unnest(%(beginnings)s::text[]) w(beginning)
  join search_keys k on k.company_id = %(company)s::uuid and k.kind = 'customer'
    and k.key ~>=~ w.beginning and k.key ~<~ (w.beginning || %(last)s::text)
  where k.what = 'name'
)
select c.id, c.name from k join customers c on c.company_id = %(company)s::uuid and c.id = k.target::uuid
"""
_ALL: Final = """
select c.id, c.name from customers c where c.company_id = %s::uuid
"""
# Whether somebody came, went or is called otherwise since.
_STAMP: Final = """
select count(*), coalesce(sum(hashtextextended(c.id::text || c.name, 0)), 0) from customers c
where c.company_id = %s::uuid
"""
_MANY_BEGINNINGS: Final = 50
"""With so many it takes longer to ask for each than to read what every customer is called."""
_MAX_CUSTOMERS: Final = 20_000
_EVERYDAY_WORD: Final = "FROM"
_LAST: Final = "\U0010ffff"
_MAX_ALIKE: Final = 8
_FEW: Final = 3
_SHORTEST_WORD: Final = 4
_LONGEST_NAME: Final = 6
_SHORTEST_IN_TEXT: Final = 7
# Words that stand in lines all the time; a name that begins with one is found by its other words.
_EVERYDAY: Final = frozenset(
    re.split(
        " ",
        "PAYMENT PAYM PMT FROM FOR THE AND TRANSFER ONLINE DEPOSIT CHECK ZELLE ACH CREDIT CREDITS WIRE INVOICE LEASE "
        "RENT WEEK WEEKLY THANKS THANK YOU REF REFERENCE TRN BANK OF TO ON IN ID DES INDN PPD CCD WEB CONF",
    )
)


@dataclass(slots=True)
class _Directory:
    """The customers that may be meant, by their names as they are compared."""

    ids: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    shown: dict[UUID, str] = field(default_factory=dict)
    by_beginning: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    words: set[str] = field(default_factory=set)

    def add(self, customer: UUID, name: str) -> None:
        """One more customer."""
        words = words_of(name)
        key = " ".join(words)
        self.ids[key].append(customer)
        self.shown[customer] = name
        self.words.update(words)
        for beginning in beginnings_of(words):
            self.by_beginning[beginning].add(key)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Everybody of one company, as of its stamp."""

    company_id: UUID
    stamp: tuple[int, int]
    directory: _Directory


_kept: _Kept | None = None
"""Of the company that was last looked at: chunk after chunk of a statement asks for the same names."""


@reads
def find_called(*, actor: Actor, parts: Sequence[LinePart]) -> dict[UUID, list[tuple[UUID, Evidence]]]:
    """For each part the customers whose name is its payer's, is like it, or stands in its text. One statement, or two
    where there are many of both."""
    texts = {each.id: words_of(each.text) for each in parts}
    beginnings = {one for each in parts for one in beginnings_of(words_of(each.payer_name))}
    beginnings |= {one for words in texts.values() for one in beginnings_of(_telling(words))}
    directory = _read(actor, beginnings)
    seen: dict[tuple[str, tuple[str, ...]], list[tuple[UUID, Evidence]]] = {}
    found = {}
    for each in parts:
        key = (each.payer_name, texts[each.id])
        if key not in seen:
            seen[key] = _called(each.payer_name, texts[each.id], directory)
        found[each.id] = seen[key]
    return found


def _read(actor: Actor, beginnings: Collection[str]) -> _Directory:
    """The customers with a word that begins so, among others: nobody is found by the words of others."""
    if not beginnings:
        return _Directory()
    is_kept = _kept is not None and _kept.company_id == actor.company_id
    if is_kept or len(beginnings) > _MANY_BEGINNINGS:
        with connection.cursor() as cursor:
            cursor.execute(_STAMP, [actor.company_id])
            stamp = cursor.fetchone()
        if stamp[0] <= _MAX_CUSTOMERS:
            return _everybody(actor, stamp)
    values: dict[str, Any] = {"company": actor.company_id, "beginnings": sorted(beginnings), "last": _LAST}
    return _directory(_BEGINNING, values)


def _everybody(actor: Actor, stamp: tuple[int, int]) -> _Directory:
    global _kept
    kept = _kept
    if kept is None or (kept.company_id, kept.stamp) != (actor.company_id, stamp):
        _kept = kept = _Kept(actor.company_id, stamp, _directory(_ALL, [actor.company_id]))
    return kept.directory


def _directory(statement: str, values: Any) -> _Directory:
    directory = _Directory()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for customer, name in cursor.fetchall():
            directory.add(customer, name)
    return directory


def _called(payer: str, text: tuple[str, ...], directory: _Directory) -> list[tuple[UUID, Evidence]]:
    by_payer = _by_payer(payer, directory)
    in_text = _in_text(_without(text, words_of(payer)), directory, full=not payer)
    strongest: dict[UUID, Evidence] = {}
    for customer, proof in [*by_payer, *in_text]:
        if customer not in strongest or proof.points > strongest[customer].points:
            strongest[customer] = proof
    return list(strongest.items())


def _without(text: tuple[str, ...], name: tuple[str, ...]) -> tuple[str, ...]:
    """The text without the payer's name, which many banks repeat there, also cut off."""
    for length in range(len(name), 1, -1):
        for place in range(len(text) - length + 1):
            if text[place : place + length] == name[:length]:
                rest = place + length
                if length < len(name) and rest < len(text) and name[length].startswith(text[rest]):
                    rest += 1
                return (*text[:place], _EVERYDAY_WORD, *text[rest:])
    return text


def _by_payer(payer: str, directory: _Directory) -> list[tuple[UUID, Evidence]]:
    spellings = [each for each in spellings_of(payer) if each]
    if customers := _called_so(spellings, directory):
        return _exactly(customers, directory, "the payer's name is {}")
    keys = {
        key
        for spelling in spellings
        for beginning in beginnings_of(spelling.split())
        for key in directory.by_beginning.get(beginning, ())
    }
    scores = {key: max(alike(spelling, key) for spelling in spellings) for key in keys}
    return _like(scores, directory)


def _called_so(spellings: Iterable[str], directory: _Directory) -> list[UUID]:
    return [customer for spelling in spellings for customer in directory.ids.get(spelling, ())]


def _exactly(customers: Sequence[UUID], directory: _Directory, words: str) -> list[tuple[UUID, Evidence]]:
    """The exact name: enough by itself when one customer has it, unless it is a part of a longer name."""
    shown = words.format(directory.shown[customers[0]])
    among = frozenset(customers)
    if len(customers) > 1:
        shared = f"{shown}, as {len(customers)} customers are called"
        return [(each, Evidence(Kind.NAME, evidence.NAMESAKE, shared, among=among)) for each in customers]
    if longer := _longer(directory.shown[customers[0]], directory):
        nearby = f"{shown}, and {directory.shown[longer]} may be meant"
        return [(customers[0], Evidence(Kind.NAME, evidence.SHORT_NAME, nearby, among=among))]
    return [(customers[0], Evidence(Kind.NAME, evidence.EXACT, shown, is_exact=True, among=among))]


def _longer(name: str, directory: _Directory) -> UUID | None:
    """A customer whose name has all these words and more."""
    words = words_of(name)
    shelves = [directory.by_beginning.get(each, set()) for each in beginnings_of(words)]
    if len(words) < 2 or not shelves:
        return None
    wanted = set(words)
    for key in min(shelves, key=len):
        if len(key) > len(same_name(name)) and wanted < set(key.split()):
            return directory.ids[key][0]
    return None


def _like(scores: Mapping[str, int], directory: _Directory) -> list[tuple[UUID, Evidence]]:
    """The names that are most alike; one that stands out points to its customer, several alike to nobody alone."""
    ranked = sorted(((score, key) for key, score in scores.items() if score), reverse=True)[:_MAX_ALIKE]
    best = [(score, customer) for score, key in ranked for customer in directory.ids[key]]
    like = sum(1 for score, _ in best if score >= LIKE)
    # A misspelled name is one of those that are like it, or a part of it.
    among = frozenset(customer for score, customer in best if score >= PART) if like else frozenset()
    close = sum(1 for score, _ in best if score >= PART)
    said = []
    for score, customer in best:
        words = f"the payer's name is like {directory.shown[customer]}"
        if score >= LIKE and like == 1:
            proof = Evidence(Kind.NAME, evidence.LIKE_NAME, words, among=among)
        elif score >= PART and close == 1:
            proof = Evidence(Kind.NAME, evidence.PART_OF_NAME, words)
        elif score >= PART:
            proof = Evidence(Kind.NAME, evidence.SHARED_LIKENESS, f"{words}, as others are", among=among)
        else:
            proof = Evidence(
                Kind.NAME, max(evidence.LEAST_NAME, evidence.SHARED_LIKENESS * score // SAME), words
            )
        said.append((customer, proof))
    return said


def _in_text(words: tuple[str, ...], directory: _Directory, *, full: bool) -> list[tuple[UUID, Evidence]]:
    """Names that stand in the text, all their words in a row; two words at least, or a long one.

    Between words that may belong to a longer name they are but a part of one.
    """
    said: list[tuple[UUID, Evidence]] = []
    covered = 0
    for place, most in enumerate(_runs(words, directory)):
        for count in range(most, 0, -1):
            some = words[place : place + count]
            name = " ".join(some)
            if place + count <= covered or len(name) < _SHORTEST_IN_TEXT:
                continue
            turned = " ".join((*some[1:], some[0]))
            spellings = dict.fromkeys((name, turned, " ".join(without_forms(some))))
            customers = _called_so(spellings, directory)
            if customers and _telling(some):
                is_whole = count > 1 and not _goes_on(words, place, place + count)
                said += (_exactly if is_whole else _weakly)(customers, directory, "its text says {}")
                covered = place + count
                break
    if not said and full:
        said = _like_in_text(words, directory)
    return said or _by_word(words, directory)


def _runs(words: Sequence[str], directory: _Directory) -> list[int]:
    """From each word on how many in a row may be a name: words that customers are called, titles and legal forms."""
    runs = [0] * len(words)
    run = 0
    for place in range(len(words) - 1, -1, -1):
        run = run + 1 if words[place] in directory.words or says_no_name(words[place]) else 0
        runs[place] = min(run, _LONGEST_NAME)
    return runs


def _goes_on(words: tuple[str, ...], begin: int, end: int) -> bool:
    """Whether the word before or behind may be of the same name."""
    before = words[begin - 1] if begin else ""
    behind = words[end] if end < len(words) else ""
    return any(
        each.isalpha() and each not in _EVERYDAY and not is_legal_form(each) for each in (before, behind)
    )


def _by_word(words: tuple[str, ...], directory: _Directory) -> list[tuple[UUID, Evidence]]:
    """Customers with a word of the text in their name that few others have."""
    said = {}
    for word in _telling(words):
        if len(word) < _SHORTEST_WORD:
            continue
        named = [
            key
            for key in directory.by_beginning.get(next(iter(beginnings_of([word])), ""), ())
            if word in key.split()
        ]
        customers = [each for key in named for each in directory.ids[key]]
        if 0 < len(customers) <= _FEW:
            for each in customers:
                words_said = f"its text says {word}, as {directory.shown[each]} is called"
                said[each] = Evidence(Kind.NAME, evidence.WORD_OF_NAME, words_said)
    return list(said.items())


def _weakly(customers: Sequence[UUID], directory: _Directory, words: str) -> list[tuple[UUID, Evidence]]:
    return [
        (each, Evidence(Kind.NAME, evidence.PART_OF_NAME, words.format(directory.shown[each])))
        for each in customers
    ]


def _like_in_text(words: tuple[str, ...], directory: _Directory) -> list[tuple[UUID, Evidence]]:
    """Names that are like words of the text, where the bank gives no payer."""
    telling = [each for each in words if each not in _EVERYDAY and not any(one.isdecimal() for one in each)]
    scores: dict[str, int] = {}
    for place in range(len(telling) - 1):
        for count in (2, 3):
            given = " ".join(telling[place : place + count])
            for beginning in beginnings_of(_telling(telling[place : place + count])):
                for key in directory.by_beginning.get(beginning, ()):
                    score = alike(given, key)
                    if score >= PART:
                        scores[key] = max(score, scores.get(key, 0))
    said = _like(scores, directory)
    return [
        (
            customer,
            Evidence(proof.kind, proof.points, proof.words.replace("the payer's name is", "its text is")),
        )
        for customer, proof in said
    ]


def _telling(words: Iterable[str]) -> list[str]:
    """The words of a text by which names are looked up."""
    return [each for each in words if each not in _EVERYDAY and each.isalpha() and len(each) > 2]
