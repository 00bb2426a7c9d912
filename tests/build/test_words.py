"""Words that this repository does not use: names of our own for what the field has a word for, British spelling, and
sentences that read as translated (docs/glossary.md, docs/contributing.md#conventions).

A text is what `git ls-files` lists. The seeds keep their words, and so does the column of the glossary that says what
not to write; codes, columns and other people's names are in ALLOWED, one pattern each.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
TEXTS: Final = {".py", ".md", ".html", ".toml", ".yaml", ".js", ".css", ".sh", ".in", ".json", ".ini", ".txt"}
# Their words are given, or they list what is not to be said.
SKIPPED: Final = {"docs/seeds.md", "docs/glossary.md", "tests/build/test_words.py"}

# What is banned, and what to write instead. A space also matches a line's end, with the mark of a comment behind it.
NAMES: Final = {
    r"\b_?in_words\b": "format_amount, format_…, describe_…",
    r"[Tt]wins?\b|_twins?\b|twin_": "duplicate",
    r"\b_?\w*Desks?\b": "Wizard (counter), Visitor (browser)",
    r"\b[Dd]eeds?\b|\b\w*Deed\b|\bdeeds_|_deeds?\b": "action, LimitedAction, Result",
    r"\b[Hh]appening\b(?! meanwhile)": "CaseEventDraft",
    r"\b_?[Vv]erbs?\b|\bVERBS\b|\bVerb[A-Z]|\w+Verbs?\b|_verbs?\b": "action, RowAction",
    r"\bEffect\b|\beffect_(on|of|table)\b": "Preview",
    r"(?<!round_)\bhalf_up\b": "round_half_up",
    r"(?<![\w.])may\(|\bimport .*\bmay$": "has_permission",
    r"\bMOST(_[A-Z]+)?\b|_MOST\b|\b_?MOST_|\bmost=|\bmost: |\bmost_\w+": "limit, max_…",
    r"\bBoxes\b|\bread_boxes\b|\bneeds_boxes\b": "inputs",
    r"\b\w*[Dd]oors?\b|\bDOORS?\b|_doors?\b|_DOORS?\b": "endpoint, entry point",
    r"\b[Ss]eams?\b": "hook",
    r"\bSpread\b(?! (a|what|the|`|money))|\bspread_(over|document)\b": "AllocationPlan, plan_allocation",
    r"\bfind_standing\b|\bStanding\b(?! instruction)": "CaseContext, find_case_context",
    r"(?<![\w])_?tell(_[a-z_]+)?\(|\b_Told\b|\btell_[a-z]+": "notify, report, show_error",
    r"\bfilter_words\b|\blists\.words\b": "filter_labels",
    r"\b(write|insert)_together\b|\bRecords\b(?=\()": "execute_batch, insert_batch, RowBatch",
    r"(?<![\w.])both\(": "with_optional_slash",
    r"\bWeighed\b|\bweigh_\w+|\b_weigh": "evaluate, compare",
    r"\bHasPlace\b": "Ranked",
}
SPELLING: Final = {
    r"[Ii]nstalment": "installment",
    r"[Ll]icence": "license",
    r"[Cc]olour|COLOUR": "color",
    r"\b[Cc]heques?\b|_cheque": "check",
    r"[Cc]atalogue": "catalog",
    r"[Aa]geing": "aging",
    r"[Ll]abelled(?!by)|[Ll]abelling|[Tt]raveller|[Mm]odelled|[Ss]ignalled": "one l",
    r"[Bb]ehaviour|[Ff]avour|[Hh]onour|[Nn]eighbour|[Ll]abour\b|[Rr]igour": "…or",
    r"\b[Cc]entre[ds]?\b|\b[Ff]ibre\b|\b[Mm]etre\b": "…er",
    r"\b[Dd]efence\b|\b[Oo]ffence\b|\b[Pp]ractise": "defense, offense, practice",
    r"\b[Gg]rey\b|[Jj]udgement|[Aa]cknowledgement|\b[Pp]rogramme\b|\b[Aa]rtefact": "gray, judgment, acknowledgment, …",
    r"\b[Tt]owards\b|\b[Ww]hilst\b|\b[Aa]mongst\b|\b[Ll]earnt\b|[Mm]isspelt": "toward, while, among, …ed",
    r"\w*([Ss]ynchron|[Aa]uthor|[Rr]ecogn|[Oo]rgan|[Nn]ormal|[Ss]erial|[Ii]nitial)is(e[ds]?|ing|ation|er)\b": "…iz…",
    r"\w*([Ss]ummar|[Oo]ptim|[Uu]til|[Cc]ategor|[Cc]ustom|[Ss]tandard|[Gg]eneral)is(e[ds]?|ing|ation|er)\b": "…iz…",
    r"\w*([Ss]pecial|[Cc]apital|[Pp]riorit|[Ff]inal|[Mm]axim|[Mm]inim)is(e[ds]?|ing|ation|er)\b": "…iz…",
    r"\b[Ff]or ever\b": "forever",
    r"\bper cent\b": "percent",
}
TURNS: Final = {
    r"(?<![Tt]here )\b(is|are|was|were) no (?!(longer|more|way|need|such|one|different)\b)"
    r"(?!(less|later|earlier|doubt|and|or)\b)[a-z“A-Z]+": "is not a …",
    r"\b(a|an|the) own\b": "your own, its own",
    r"\bfor who\b": "for those who",
    r"\bof whom? nobody\b|\bof which nobody\b|\bnobody knows\b": "unknown, not identified",
}
BANNED: Final = NAMES | SPELLING | TURNS
# What keeps its word: (what, why).
ALLOWED: Final = {
    r"\bbrand_colour\b": "a column",
    r"honcho\.colour|\bget_colours\b": "honcho's",
    r"\btlc_licence\w*": "names of columns and parameters that are refused",
    r"[\"']ageing[\"']": "the report's address",
    r"\blimited_deed\w*": "a table and its constraints",
    r"payment_acknowledged_names_twin": "a constraint's name",
    r"[\"'`=][Cc]heque[\"'`]?|\bCHEQUE\b|; cheque|a cheque is a check|cheque` is `check": "a payment mode's code",
    r"cash, cheque and bank|[Cc]ash, cheque": "modes by their codes",
    r"\bverb_noun\b": "how a service is named",
}
_ALLOWED: Final = re.compile("|".join(f"(?:{pattern})" for pattern in ALLOWED))


def _of(banned: dict[str, str]) -> list[tuple[re.Pattern[str], str]]:
    """The patterns; a space in one matches the end of a line and what begins the next line of a comment."""
    wraps = r"(?: |\\s*\\n\\s*(?:# ?)?)"
    return [
        (re.compile(re.sub(r" (?!\))", wraps, pattern), re.MULTILINE), instead)
        for pattern, instead in banned.items()
    ]


_BANNED: Final = _of(BANNED)


def hits(text: str) -> Iterator[tuple[int, str, str]]:
    """The line, the word, and what to write instead."""
    plain = _ALLOWED.sub(lambda match: re.sub(r"\S", "·", match[0]), text)
    for pattern, instead in _BANNED:
        for match in pattern.finditer(plain):
            yield plain.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), instead


def files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.splitlines() if name not in SKIPPED]
    return [path for path in paths if path.suffix in TEXTS and path.is_file() and not path.is_symlink()]


def test_the_tree_uses_the_words_of_the_field() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: “{word}”: {instead}"
        for path in files()
        for line, word, instead in sorted(set(hits(path.read_text(encoding="utf-8"))))
    ]

    assert not wrong, f"{len(wrong)} words:\n" + "\n".join(wrong)


def test_names_of_files_use_them_too() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: “{word}”: {instead}"
        for path in files()
        for _, word, instead in hits(re.sub(r"\W", " ", str(path.relative_to(ROOT))))
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-01-06 is no Sunday", ["is no Sunday"]),
        ("what\n    # is no\n    # table", ["is no # table"]),
        ("There is no payment; it is no longer there", []),
        ("Pay three instalments by cheque", ["instalment", "cheque"]),
        ("brand_colour and “colour”", ["colour"]),
        ('{"payment_mode": "cheque"}', []),
        ("kept for ever, of which nobody knows", ["for ever", "of which nobody"]),
        ("MOST_ROWS rows at most", ["MOST_ROWS"]),
        ("an outdoor verb", ["verb", "outdoor"]),
    ],
)
def test_finds_what_is_banned(text: str, words: list[str]) -> None:
    assert sorted(word for _, word, _ in hits(text)) == sorted(words)


@pytest.mark.parametrize("pattern", ALLOWED)
def test_what_is_allowed_is_somewhere(pattern: str) -> None:
    assert any(re.search(pattern, path.read_text(encoding="utf-8")) for path in files())
