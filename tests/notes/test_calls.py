"""Notes over HTTP: the same rules, once for a key, with files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Note, Notice
from batconnect.directory.models import Customer
from payments.tests.builders import new_key
from tests.cast import NORTH, StaffClient

Client = Callable[..., StaffClient]


@pytest.fixture
def customer(manager: Actor) -> Customer:
    return Customer.objects.create(company_id=NORTH, name="John Doe")


def body(customer: Customer, **more: Any) -> dict[str, Any]:
    return {"subject_type": "customer", "subject_id": str(customer.pk), "text": "See @cashier.", **more}


def test_writes_once_for_a_key_and_lists(customer: Customer, client_of: Client) -> None:
    client, headers = client_of("manager"), {"Idempotency-Key": new_key()}

    first = client.post("/api/notes", body(customer, mentioned=["stranger"]), format="json", headers=headers)
    again = client.post("/api/notes", body(customer, mentioned=["stranger"]), format="json", headers=headers)
    listed = client.get(f"/api/notes?subject_type=customer&subject_id={customer.pk}").json()
    theirs = client.get(f"/api/notes?customer_id={customer.pk}").json()

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first.json()["mentions"], first.json()["not_reached"]) == (["cashier"], ["stranger"])
    assert [row["note_id"] for row in listed["results"]] == [first.json()["note_id"]]
    assert theirs["results"] == listed["results"]
    assert Notice.objects.count() == 1


def test_takes_files_and_hands_them_out(customer: Customer, client_of: Client) -> None:
    client = client_of("manager")
    sent = body(customer, files=[SimpleUploadedFile("a.html", b"plain"), SimpleUploadedFile("b.csv", b"a,b")])

    note = client.post("/api/notes", sent, format="multipart", headers={"Idempotency-Key": new_key()}).json()
    files = {each["name"]: each for each in note["files"]}
    answer = client_of("auditor").get(files["b.csv"]["url"])

    assert set(files) == {"a.txt", "b.csv"}
    assert b"".join(answer.streaming_content) == b"a,b"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="b.csv"'
    assert client_of("outsider").get(files["b.csv"]["url"]).status_code == 404


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"text": "a\x00b"}, 400, "invalid"),
        ({"subject_type": "user"}, 400, "invalid"),
        ({"subject_id": "nothing"}, 404, "note_not_found"),
        ({"files": [SimpleUploadedFile("a.pdf", b"<svg/>")]}, 400, "note_file_refused"),
        ({"text": ["one", "two"]}, 400, "invalid"),
        ({"other": "x"}, 400, "invalid"),
    ],
    ids=["nul", "table", "record", "svg", "twice", "unknown"],
)
def test_a_refusal_leaves_nothing(
    customer: Customer, client_of: Client, more: dict[str, Any], status: int, code: str
) -> None:
    answer = client_of("manager").post(
        "/api/notes", body(customer, **more), format="multipart", headers={"Idempotency-Key": new_key()}
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Note.objects.exists()


def test_withdraws_with_a_reason_and_shows_the_text_no_more(customer: Customer, client_of: Client) -> None:
    client = client_of("cashier")
    note = client.post(
        "/api/notes", body(customer), format="json", headers={"Idempotency-Key": new_key()}
    ).json()
    address = f"/api/notes/{note['note_id']}/withdraw"

    done = client.post(address, {"reason": "Wrong one."}, format="json")
    again = client.post(address, {"reason": "Wrong one."}, format="json")

    assert done.json()["text"] is None
    assert done.json()["withdrawn_by"] == "Merly"
    assert (again.status_code, again.json()["code"]) == (409, "note_withdrawn")
    assert client_of("auditor").post(address, {"reason": "Mine."}, format="json").status_code == 403


def test_who_may_not_see_the_record_reads_no_note(customer: Customer, client_of: Client) -> None:
    payment = client_of("administrator").get("/api/notes?subject_type=payment&subject_id=PAY-1")

    assert payment.status_code == 403
    assert client_of("administrator").get("/api/notes").status_code == 200
