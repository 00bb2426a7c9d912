"""Documents that are read as JSON or printed as PDF, and links that open one of them without a token.

A link is signed and names the company, the kind, the number and the person it was handed to, in whose name it opens:
what that person may no longer see, it no longer shows. The apps register how each kind is printed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from batconnect.core.api.answers import Text
from batconnect.core.files.exports import read_format
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import LinkExpired, LinkInvalid

LINK_PATH: Final = "/api/receipts/pdf"
PDF_URL: Final = "receipt_pdf_url"
LINK_SECONDS: Final = 900
_SALT: Final = "batconnect.printed"
_TYPES: Final = {"application/json": "json", "application/pdf": "pdf"}


class PdfLink(Text):
    """A path that opens one PDF without a token, for a while."""

    usual = f"{LINK_PATH}?link=WyJwYXltZW50cy5yZWNlaXB0Iiwi…:1vL0Ab:k3Yt…"


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF and the name of its file."""

    name: str
    content: bytes

    def to_response(self, *, attached: bool = False) -> HttpResponse:
        """The answer that shows it, or with `attached` has it saved."""
        how = "attachment" if attached else "inline"
        return HttpResponse(
            self.content,
            content_type="application/pdf",
            headers={"Content-Disposition": f'{how}; filename="{self.name}"', "Vary": "Accept"},
        )


@dataclass(frozen=True, slots=True)
class PrintedKind:
    """How documents of a kind are printed by number, and the right that their reader needs."""

    code: str
    permission: str
    print: Callable[[Actor, str], Printed]


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What a link is for: the one document, in the name of the person who was handed it."""

    kind: PrintedKind
    number: str
    company_id: UUID
    user_id: int


_kinds: dict[str, PrintedKind] = {}


def register_printed(kind: PrintedKind) -> PrintedKind:
    """Make a kind of documents printable by link."""
    _kinds[kind.code] = kind
    return kind


def read_document_format(request: Request) -> str:
    """`json` or `pdf`, as `?format=` says, else as `Accept` prefers, else JSON. Raises InvalidInput."""
    plain: HttpRequest = request._request
    accepted = plain.get_preferred_type(list(_TYPES)) or "application/json"
    return read_format(plain.GET, allowed=tuple(_TYPES.values()), default=_TYPES[accepted])


def link_to(*, actor: Actor, kind: PrintedKind, number: object) -> str | None:
    """The path that opens the document's PDF without a token for `LINK_SECONDS`; None where a job asks."""
    if actor.user_id is None:
        return None
    signed = signing.dumps([kind.code, str(number), actor.company_id.hex, actor.user_id], salt=_SALT)
    return f"{LINK_PATH}?link={signed}"


def open_link(text: str) -> OpenedLink:
    """What the link is for. Raises LinkExpired and LinkInvalid (403)."""
    try:
        code, number, company, user_id = signing.loads(text, salt=_SALT, max_age=LINK_SECONDS)
    except signing.SignatureExpired as error:
        raise LinkExpired(
            f"This link is older than {LINK_SECONDS // 60} minutes: read the document again to get a new one."
        ) from error
    except signing.BadSignature as error:
        raise LinkInvalid("This link was not issued here.") from error
    kind = _kinds.get(code)
    if kind is None:
        raise LinkInvalid("Documents of this kind can no longer be opened by link.")
    return OpenedLink(kind, number, UUID(company), user_id)


def linked(
    shape: Callable[[Any], dict[str, Any]], *, actor: Actor, kind: PrintedKind, key: str
) -> Callable[[Any], dict[str, Any]]:
    """A row's shape with the link to its PDF; `key` is the column that holds the document's number."""
    return lambda row: {**shape(row), PDF_URL: link_to(actor=actor, kind=kind, number=row[key])}
