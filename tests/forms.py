"""The forms of a page as a browser sees them, and what it would send: for tests that walk over every form."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

_TYPED: Final = frozenset({"text", "search", "email", "url", "tel", "number", "date", "password", "time", ""})
_PRESSED: Final = frozenset({"submit", "button", "image", "reset", "file"})


@dataclass(slots=True)
class PageForm:
    """One form: where it goes, what a person types into, and what it sends unasked."""

    method: str
    action: str
    typed: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    def filled(self, text: str, *, everywhere: bool) -> dict[str, str]:
        """What it sends with `text` in all that is typed, or in every field."""
        return {
            **(dict.fromkeys(self.kept, text) if everywhere else self.kept),
            **dict.fromkeys(self.typed, text),
        }


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open: PageForm | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = PageForm(method=given.get("method", "get").lower(), action=given.get("action", ""))
            self.forms.append(self._open)
        if self._open is None:
            return
        name, kind = given.get("name", ""), given.get("type", "").lower()
        if (tag == "textarea" and name) or (tag == "input" and name and kind in _TYPED):
            self._open.typed[name] = given.get("value", "")
        elif tag == "input" and name and kind not in _PRESSED:
            self._open.kept.setdefault(name, given.get("value", "on"))
        elif tag == "select" and name:
            self._select = name
            self._open.kept.setdefault(name, "")
        elif tag == "option" and self._select and "selected" in given:
            self._open.kept[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""


def forms_of(page: Any) -> list[PageForm]:
    """Every form of an HTML answer; none for a file or a redirect."""
    if not str(page.headers.get("Content-Type", "")).startswith("text/html") or page.streaming:
        return []
    reader = _Reader()
    reader.feed(page.content.decode())
    return reader.forms
