"""The workshop's invoice as a file: typed by its content, stored under the media root, served with the permission."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from batconnect.core.kernel.actors import Actor
from ledger.tests.builders import Debtor
from repairs.models import RepairInvoice
from repairs.rules import LARGEST_BYTES, content_type_of, safe_name
from repairs.tests.builders import repair
from tests.digest import assert_nothing_written

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 20 + b"\xff\xd9"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def url(manager: Actor, debtor: Debtor) -> str:
    return f"/payments/vehicle-repairs/{repair(manager, debtor).number}/document"


def upload(client: Any, url: str, content: bytes, *, name: str = "INV 2457.pdf", **headers: Any) -> Any:
    return client.post(url, {"file": SimpleUploadedFile(name, content)}, format="multipart", **headers)


@pytest.mark.parametrize(
    ("content", "kind", "extension"),
    [(PDF, "application/pdf", "pdf"), (PNG, "image/png", "png"), (JPEG, "image/jpeg", "jpg")],
)
def test_keeps_and_serves_a_document(
    client_of: Callable[..., Any], url: str, media: Path, content: bytes, kind: str, extension: str
) -> None:
    client = client_of("cashier")

    stored = upload(client, url, content, name="../../etc/pass<wd>.exe")
    served = client_of("auditor").get(url)

    assert (stored.status_code, stored.json()["document_type"]) == (201, kind)
    assert stored.json()["document_name"] == f"pass_wd.{extension}"
    assert b"".join(served.streaming_content) == content
    assert served["Content-Type"] == kind
    assert "attachment" in served["Content-Disposition"]
    invoice = RepairInvoice.objects.get()
    assert (media / invoice.document_path).read_bytes() == content
    assert "pass" not in invoice.document_path


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\x00", b"<html></html>", PDF[:20], PNG[:12], b"GIF89a" + PDF], ids=repr
)
def test_refuses_other_content(client_of: Callable[..., Any], url: str, media: Path, content: bytes) -> None:
    with assert_nothing_written():
        response = upload(client_of("cashier"), url, content)

    assert (response.status_code, response.json()["code"]) == (400, "not_a_document")
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_refuses_more_than_10_megabytes(client_of: Callable[..., Any], url: str, media: Path) -> None:
    exact = PDF + b"\x00" * (LARGEST_BYTES - len(PDF) - 6) + b"%%EOF\n"

    fits = upload(client_of("cashier"), url, exact)
    with assert_nothing_written():
        slightly = upload(client_of("cashier"), url, exact + b"\n")
        far = upload(client_of("cashier"), url, exact + b"\x00" * 200_000)

    assert len(exact) == LARGEST_BYTES
    assert (fits.status_code, slightly.status_code, far.status_code) == (201, 413, 413)


def test_another_company_sees_no_document(client_of: Callable[..., Any], url: str) -> None:
    upload(client_of("cashier"), url, PDF)

    read = client_of("outsider").get(url)
    written = upload(client_of("outsider"), url, PDF)

    assert (read.status_code, written.status_code) == (404, 404)


def test_an_auditor_attaches_nothing(client_of: Callable[..., Any], url: str) -> None:
    with assert_nothing_written():
        response = upload(client_of("auditor"), url, PDF)

    assert response.status_code == 403


def test_there_is_no_document_before_one_is_attached(client_of: Callable[..., Any], url: str) -> None:
    assert client_of("cashier").get(url).status_code == 404


def test_the_same_upload_is_answered_twice_and_done_once(
    client_of: Callable[..., Any], url: str, media: Path
) -> None:
    client, key = client_of("cashier"), str(uuid4())

    first = upload(client, url, PDF, HTTP_IDEMPOTENCY_KEY=key)
    again = upload(client, url, PDF, HTTP_IDEMPOTENCY_KEY=key)
    other = upload(client, url, PNG, HTTP_IDEMPOTENCY_KEY=key)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again["Idempotent-Replayed"] == "true"
    assert len([path for path in media.rglob("*") if path.is_file()]) == 1


def test_tells_types_by_content_and_makes_names_safe() -> None:
    assert content_type_of(PDF) == "application/pdf"
    assert content_type_of(b"text") is None
    assert safe_name("C:\\bills\\März 2.PDF", content_type="application/pdf") == "März 2.pdf"
    assert safe_name("...", content_type="image/png") == "document.png"
    assert len(safe_name("x" * 400, content_type="image/jpeg")) <= 120
