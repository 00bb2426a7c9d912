"""The repository explains itself: every link into docs/ resolves, and nothing points at a document that is not here."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
TEXTS: Final = {".py", ".md", ".html", ".toml", ".yaml", ".js", ".css", ".sh", ".in", ".json", ".cfg", ".ini"}
_PAGE: Final = re.compile(r"\bdocs/[\w./-]+\.md(#[\w-]+)?")
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_ANCHOR: Final = re.compile(r'<a id="([\w-]+)"></a>')
# Built from parts, so that this page does not name them.
_OUTSIDE: Final = "|".join(("DOM" + "AIN", "DES" + "IGN", "FIND" + "INGS"))
_ELSEWHERE: Final = re.compile(rf"\b({_OUTSIDE})( ?§?\d|\.md|-\d)|\bAPI\." + r"md\b|\b[Ss]ee" + r"ds? \d")
_DECISION: Final = re.compile(r"\bADRs? (\d+)")


def files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.splitlines()]
    return [path for path in paths if path.suffix in TEXTS and path.is_file()]


def anchors(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = {_slug(found) for found in _HEADING.findall(text)}
    return headings | set(_ANCHOR.findall(text))


def _slug(heading: str) -> str:
    """As code hosts make it: lower case, punctuation dropped, spaces as dashes."""
    plain = re.sub(r"[`*_]|\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def mentions() -> Iterator[tuple[str, Path, str]]:
    """Where a page of docs/ is named, which page, which anchor."""
    for path in files():
        text = path.read_text(encoding="utf-8")
        where = str(path.relative_to(ROOT))
        for found in _PAGE.finditer(text):
            name, _, anchor = found[0].partition("#")
            yield where, ROOT / name, anchor
        if path.suffix == ".md":
            for target in _LINK.findall(text):
                if not re.match(r"[a-z]+:", target):
                    name, _, anchor = target.partition("#")
                    yield where, (path.parent / name).resolve() if name else path, anchor


def test_every_page_and_anchor_that_is_named_is_there() -> None:
    wrong, tried = [], 0

    for where, page, anchor in mentions():
        tried += 1
        if not page.exists() or not page.is_relative_to(ROOT):
            wrong.append(f"{where}: {page.name} is not there")
        elif anchor and anchor not in anchors(page):
            wrong.append(f"{where}: {page.name} has no #{anchor}")

    assert wrong == []
    assert tried > 200


def test_nothing_points_at_a_document_that_is_not_here() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files()
        if "migrations" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if _ELSEWHERE.search(line)
    ]

    assert wrong == []


def test_decisions_are_numbered_without_holes_and_listed() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")

    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    assert [path.name for path in records if f"]({path.name})" not in index] == []
    for path in records:
        assert path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. "), path.name


def test_every_decision_that_is_named_is_there() -> None:
    count = len(list((ROOT / "docs" / "adr").glob("[0-9]*.md")))
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in files()
        for found in _DECISION.finditer(path.read_text(encoding="utf-8"))
        if not 1 <= int(found[1]) <= count
    ]

    assert wrong == []
