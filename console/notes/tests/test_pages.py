"""Notes on pages: written, shown as text, refused with what was typed, withdrawn, files only ever saved."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.subject import noted_subjects
from batconnect.core.models import Note, NoteFile
from batconnect.core.notes.services import write_note
from batconnect.directory.models import Customer, Driver
from console.tests.conftest import ConsoleClient
from console.tests.world import row_of

Console = Callable[[str], ConsoleClient]
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


@pytest.fixture
def driver(world: Actor) -> Driver:
    return Driver.objects.get(driver_id="DRV-101")


def notes_of(driver: Driver) -> str:
    return reverse("admin:record_notes", args=["driver", driver.pk])


def text_of(page: Any) -> str:
    return unescape(page.content.decode())


def test_every_record_with_notes_has_them_on_its_page_and_in_its_history(
    world: Actor, console_of: Console
) -> None:
    client, reader = console_of("manager"), console_of("auditor")
    for name, subject in noted_subjects().items():
        row = row_of(subject.model_class)
        if name == "customer":
            row = Driver.objects.get(driver_id="DRV-101").customer
        page_of = f"admin:{subject.url_name}"
        write_note(actor=world, subject_type=name, subject_id=str(row.pk), text=f"<i>About the {name}</i>")

        shown = text_of(client.get(reverse(f"{page_of}_change", args=[row.pk])))
        read = text_of(reader.get(reverse(f"{page_of}_change", args=[row.pk])))
        history = text_of(client.get(reverse(f"{page_of}_history", args=[row.pk])))

        form = f'action="{reverse("admin:record_notes", args=[name, row.pk])}"'
        assert (
            f"&lt;i&gt;About the {name}"
            in client.get(reverse(f"{page_of}_change", args=[row.pk])).content.decode()
        )
        assert form in shown, name
        assert form not in read, name
        assert f"About the {name}" in read, name
        assert f"About the {name}" in history, name


def test_a_note_is_written_from_the_customers_page_and_ends_there(
    driver: Driver, console_of: Console
) -> None:
    client, account = console_of("cashier"), reverse("admin:customer", args=[driver.customer_id])
    address = reverse("admin:record_notes", args=["customer", driver.customer_id])
    typed = {
        "text": "Pays on Friday. @manager @stranger",
        "mentioned": ["auditor"],
        "form_key": "k",
        "next": account,
    }

    answers = [
        client.post(
            address,
            {
                **typed,
                "attachments": [SimpleUploadedFile(name, b"12 Main St") for name in ("a.svg.txt", "b.txt")],
            },
        )
        for _ in range(2)
    ]

    assert [answer.url for answer in answers] == [f"{account}#notes"] * 2
    note = Note.objects.get(text__startswith="Pays on Friday")
    page = text_of(client.get(account))
    assert "Pays on Friday. " in page
    assert "did not reach @stranger" in page
    assert note.mentions == ["auditor", "manager"]
    assert NoteFile.objects.filter(note=note).count() == 2
    # The note on the driver stands on the customer's page too, and leads to the driver.
    assert "Asked for a copy of the lease." in page


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"text": ""}, "This field is required"),
        ({"text": "Kept.", "attachments": SimpleUploadedFile("a.pdf", SVG)}, "its content decides"),
        (
            {"text": "Kept.", "attachments": SimpleUploadedFile("a.pdf", bytes(10 * 1024 * 1024 + 1))},
            "10,485,760",
        ),
        ({"text": "Kept.", "mentioned": ["outsider"]}, "outsider"),
        ({"text": "Kept.", "form_key": "k" * 65}, None),
    ],
    ids=["nothing", "svg", "heavy", "stranger", "key"],
)
def test_a_refusal_shows_what_was_typed(
    driver: Driver, console_of: Console, typed: dict[str, Any], why: str | None
) -> None:
    before = Note.objects.count()

    answer = console_of("cashier").post(notes_of(driver), typed)

    assert answer.status_code == 200
    page = text_of(answer)
    assert why is None or why in page
    assert typed["text"] in page
    assert Note.objects.count() == before


def test_fifty_megabytes_are_refused_before_they_are_read(driver: Driver, console_of: Console) -> None:
    before = Note.objects.count()

    answer = console_of("cashier").post(
        notes_of(driver), {"text": "x", "attachments": SimpleUploadedFile("a.pdf", bytes(50 * 1024 * 1024))}
    )

    assert answer.status_code == 400
    assert Note.objects.count() == before


def test_a_file_is_saved_and_never_drawn(driver: Driver, console_of: Console) -> None:
    file = NoteFile.objects.get()
    address = reverse("admin:note_file", args=[file.note_id, file.pk])

    answer = console_of("auditor").get(address)

    assert b"".join(answer.streaming_content) == b"Signed."
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lease.txt"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert console_of("outsider").get(address).status_code == 404


def test_a_note_is_withdrawn_with_a_reason(driver: Driver, console_of: Console) -> None:
    note = Note.objects.get()
    address = reverse("admin:withdraw_note", args=[note.pk])
    client = console_of("manager")

    short = client.post(address, {"reason": "no"})
    done = client.post(address, {"reason": "It was another driver."})
    again = client.post(address, {"reason": "It was another driver."})

    assert "Ensure this value" in text_of(short)
    assert done.url.endswith("#notes")
    assert "has withdrawn this note already" in text_of(again)
    page = text_of(client.get(notes_of(driver)))
    assert "It was another driver." in page
    assert "Asked for a copy" not in page
    assert "lease.txt" not in page


def test_another_companys_notes_are_not_there(driver: Driver, console_of: Console) -> None:
    client, before = console_of("outsider"), Note.objects.count()

    answers = [client.get(notes_of(driver)), client.post(notes_of(driver), {"text": "x"})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert Note.objects.count() == before


def test_the_auditor_finds_no_form_and_writes_nothing(driver: Driver, console_of: Console) -> None:
    client, before = console_of("auditor"), Note.objects.count()

    answer = client.post(notes_of(driver), {"text": "x"})

    assert answer.status_code == 403
    assert "<textarea" not in text_of(client.get(notes_of(driver)))
    assert Note.objects.count() == before


def test_names_of_any_length_and_direction_stay_in_their_place(driver: Driver, console_of: Console) -> None:
    name = "\u202e" + "\u05d0" * 199
    customer = Customer.objects.create(company_id=driver.company_id, name=name)
    client = console_of("manager")
    client.post(reverse("admin:record_notes", args=["customer", customer.pk]), {"text": "\u202eevil"})

    page = client.get(reverse("admin:record_notes", args=["customer", customer.pk])).content.decode()

    assert f"<bdi>{name}</bdi>" in page
    assert '<p class="note-text" dir="auto">\u202eevil' in page
