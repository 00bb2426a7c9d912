"""Links that open one document's PDF without a token: whose they are, how long they last, what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.test import Client

from batconnect.core.api import printed
from batconnect.core.api.printed import LINK_SECONDS, Printed, PrintedKind, link_to, register_printed
from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent, Membership, User
from tests.cast import NORTH, SOUTH
from tests.digest import assert_nothing_written

Open = Callable[[str], Any]


@pytest.fixture
def sheet() -> Iterator[PrintedKind]:
    """A kind of documents of which every number exists."""
    yield register_printed(
        PrintedKind("tests.sheet", "payments.view", lambda actor, number: Printed(f"{number}.pdf", b"%PDF-1"))
    )
    printed._kinds.pop("tests.sheet")


@pytest.fixture
def opened(in_north: Any) -> Open:
    """Open a path as somebody does who has nothing but the link."""

    def get(path: str) -> Any:
        answer = Client(raise_request_exception=False).get(path)
        set_company(NORTH, metadata={"job": "test"})
        return answer

    return get


def test_opens_the_document_and_leaves_a_trail(cashier: Actor, sheet: PrintedKind, opened: Open) -> None:
    answer = opened(str(link_to(actor=cashier, kind=sheet, number="R-1")))

    assert (answer.status_code, answer.content) == (200, b"%PDF-1")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="R-1.pdf"'
    assert "no-store" in answer["Cache-Control"]
    event = AuditEvent.objects.get(action="core.open_receipt_link")
    assert (event.user_id, event.subject_type, event.subject_id) == (cashier.user_id, "tests.sheet", "R-1")


def test_a_job_hands_out_no_links(cashier: Actor, sheet: PrintedKind) -> None:
    job = Actor(company=cashier.company, user_id=None, name="job", is_job=True)

    assert link_to(actor=job, kind=sheet, number="R-1") is None


def test_ends_after_a_quarter_of_an_hour(cashier: Actor, sheet: PrintedKind, opened: Open) -> None:
    with time_machine.travel(datetime(2031, 1, 1, tzinfo=UTC), tick=False) as clock:
        path = str(link_to(actor=cashier, kind=sheet, number="R-1"))
        clock.shift(timedelta(seconds=LINK_SECONDS - 1))
        assert opened(path).status_code == 200
        clock.shift(timedelta(seconds=2))
        with assert_nothing_written():
            answer = opened(path)

    assert (answer.status_code, answer.json()["code"]) == (403, "link_expired")


def changed(path: str, **parts: Any) -> str:
    """The link with another content under the signature that it had, or under one of another purpose."""
    head, _, link = path.partition("=")
    _, stamp, signature = link.split(":")
    if parts.get("salt"):
        return f"{head}={signing.dumps(['tests.sheet', 'R-2', NORTH.hex, 1], salt=parts['salt'])}"
    if parts.get("cut"):
        return path[:-2]
    other = signing.b64_encode(b'["tests.sheet","R-2","' + NORTH.hex.encode() + b'",1]').decode()
    return f"{head}={other}:{stamp}:{signature}"


@pytest.mark.parametrize(
    "tampered",
    [
        lambda path: changed(path, content=True),
        lambda path: changed(path, cut=True),
        lambda path: changed(path, salt="django.core.signing"),
        lambda path: path.partition("?")[0],
        lambda path: path.partition("=")[0] + "=",
        lambda path: path.partition("=")[0] + "=" + "x" * 5_000,
    ],
)
def test_refuses_what_was_not_handed_out(
    cashier: Actor, sheet: PrintedKind, opened: Open, tampered: Callable[[str], str]
) -> None:
    path = tampered(str(link_to(actor=cashier, kind=sheet, number="R-1")))

    with assert_nothing_written():
        answer = opened(path)

    assert (answer.status_code, answer.json()["code"]) == (403, "link_invalid")


def leaves(user_id: int) -> None:
    Membership.objects.filter(user_id=user_id).update(is_active=False)


def is_closed(user_id: int) -> None:
    User.objects.filter(id=user_id).update(is_active=False)


def may_no_longer(user_id: int) -> None:
    Membership.objects.filter(user_id=user_id).update(groups=["Administrator"])


@pytest.mark.parametrize(
    ("happens", "code"),
    [(leaves, "link_invalid"), (is_closed, "link_invalid"), (may_no_longer, "permission_denied")],
)
def test_shows_no_more_than_its_person_may_see(
    cashier: Actor, sheet: PrintedKind, opened: Open, happens: Callable[[int], None], code: str
) -> None:
    path = str(link_to(actor=cashier, kind=sheet, number="R-1"))
    assert cashier.user_id is not None
    happens(cashier.user_id)

    with assert_nothing_written():
        answer = opened(path)

    assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_opens_nothing_in_another_company(cashier: Actor, sheet: PrintedKind, opened: Open) -> None:
    signed = signing.dumps(["tests.sheet", "R-1", SOUTH.hex, cashier.user_id], salt=printed._SALT)

    with assert_nothing_written():
        answer = opened(f"{printed.LINK_PATH}?link={signed}")

    assert (answer.status_code, answer.json()["code"]) == (403, "link_invalid")


def test_refuses_other_parameters(cashier: Actor, sheet: PrintedKind, opened: Open) -> None:
    path = str(link_to(actor=cashier, kind=sheet, number="R-1"))

    assert opened(f"{path}&format=json").json()["code"] == "unknown_parameter"
