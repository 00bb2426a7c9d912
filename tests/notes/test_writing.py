"""Notes are written once, told to whom they name, withdrawn and kept; files are what their content says."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, Refusal, TooLarge
from batconnect.core.models import AuditEvent, Membership, Note, NoteFile, Notice, User
from batconnect.core.notes.errors import NoteNotFound
from batconnect.core.notes.kept_files import SentFile, path_of
from batconnect.core.notes.mentions import parts_of
from batconnect.core.notes.reading import notes_about, notes_of_customer, open_note_file
from batconnect.core.notes.services import Written, withdraw_note, write_note
from batconnect.directory.models import Customer
from tests.cast import NORTH, STAFF, acting

PDF = b"%PDF-1.4\n1 0 obj\n%%EOF\n"
RTL = "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd"


@pytest.fixture
def customer(manager: Actor) -> Customer:
    return Customer.objects.create(company_id=NORTH, name="J" * 200)


def write(actor: Actor, customer: Customer, text: str = "Called back.", **more: object) -> Written:
    return write_note(actor=actor, subject_type="customer", subject_id=str(customer.pk), text=text, **more)  # type: ignore[arg-type]


def files_on_disk() -> set[Path]:
    return {each for each in (Path(settings.MEDIA_ROOT) / "notes").rglob("*") if each.is_file()}


def test_a_note_is_kept_as_it_was_written(manager: Actor, customer: Customer) -> None:
    text = f"<script>alert(1)</script> {RTL}\r\nsecond line"

    written = write(manager, customer, text, files=[SentFile("../../" + "n" * 300 + ".html", PDF)])

    (kept,) = notes_about(actor=manager, subject_type="customer", subject_id=str(customer.pk))
    assert kept.note.text == text.replace("\r\n", "\n")
    assert (kept.note.author_name, kept.note.subject_title) == ("Mara", "J" * 200)
    assert [(each.name[-6:], each.media_type) for each in kept.files] == [("nn.pdf", "application/pdf")]
    assert len(kept.files[0].name) <= 120
    opened = open_note_file(actor=manager, note_id=written.note.id, file_id=kept.files[0].id)
    with opened.file as file:
        assert file.read() == PDF
    assert path_of(NORTH, kept.files[0].id).stat().st_mode & 0o077 == 0
    assert [each.note.id for each in notes_of_customer(actor=manager, customer_id=customer.pk)] == [
        written.note.id
    ]


def test_the_same_form_makes_one_note_and_a_changed_one_another(manager: Actor, customer: Customer) -> None:
    first = write(manager, customer, form_key="k", files=[SentFile("a.pdf", PDF)])
    again = write(manager, customer, form_key="k", files=[SentFile("a.pdf", PDF)])
    changed = write(manager, customer, "Called again.", form_key="k")

    assert (again.note.id, again.is_repeat) == (first.note.id, True)
    assert not changed.is_repeat
    assert Note.objects.count() == 2
    assert NoteFile.objects.count() == 1


def test_tells_whom_the_text_names_once_and_says_whom_it_does_not_reach(
    manager: Actor, customer: Customer
) -> None:
    text = "@cashier, see this. @cashier @manager @outsider mail@auditor @nobody"

    written = write(manager, customer, text, mentioned=["auditor"])

    told = Notice.objects.values_list("user__username", "kind", "subject_model", "subject_key", "email")
    assert sorted(told) == [
        (name, "mention", "directory.Customer", str(customer.pk), "") for name in ("auditor", "cashier")
    ]
    assert "see this" not in Notice.objects.values_list("text", flat=True)[0]
    assert written.missed == ("outsider", "nobody")
    assert written.note.mentions == ["auditor", "cashier", "manager"]
    assert [
        part for part, is_mention in parts_of(written.note.text, written.note.mentions) if is_mention
    ] == [
        "@cashier",
        "@cashier",
        "@manager",
    ]


@pytest.mark.parametrize("taken", ["membership", "account", "right", "console"])
def test_does_not_tell_who_may_not_see_the_record_any_more(
    manager: Actor, customer: Customer, taken: str
) -> None:
    user_id = STAFF["cashier"][0]
    if taken == "membership":
        Membership.objects.filter(user_id=user_id).update(is_active=False)
    elif taken == "account":
        User.objects.filter(pk=user_id).update(is_active=False)
    elif taken == "right":
        Membership.objects.filter(user_id=user_id).update(groups=[])
    else:
        user_id = User.objects.create(username="program", is_staff=False).pk
        Membership.objects.create(company_id=NORTH, user_id=user_id, groups=["Cashier"])

    written = write(manager, customer, "@cashier @program")

    assert not Notice.objects.filter(user_id=user_id).exists()
    assert ("program" if taken == "console" else "cashier") in written.missed


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"text": " \n "}, InvalidInput),
        ({"text": "a\x00b"}, InvalidInput),
        ({"text": "x" * 5_001}, InvalidInput),
        ({"text": " ".join(f"@colleague{i}" for i in range(21))}, InvalidInput),
        ({"files": [SentFile("a.pdf", PDF)] * 6}, InvalidInput),
        (
            {"files": [SentFile("a.pdf", PDF), SentFile("big.pdf", b"%PDF-" + bytes(10 * 1024 * 1024))]},
            TooLarge,
        ),
        ({"files": [SentFile("fine.pdf", b"<html><script>alert(1)</script>")]}, InvalidInput),
        (
            {"files": [SentFile("fine.png", b"\xef\xbb\xbf <svg xmlns='http://www.w3.org/2000/svg'/>")]},
            InvalidInput,
        ),
        ({"files": [SentFile("fine.pdf", b"MZ\x90\x00program")]}, InvalidInput),
        ({"files": [SentFile("empty.txt", b"")]}, InvalidInput),
    ],
    ids=["blank", "nul", "long", "names", "many", "heavy", "html", "svg", "program", "empty"],
)
def test_a_refusal_leaves_nothing(
    manager: Actor, customer: Customer, more: dict[str, object], error: type[Refusal]
) -> None:
    before = files_on_disk()

    with pytest.raises(error):
        write(manager, customer, **{"text": "Fine.", **more})  # type: ignore[arg-type]

    assert not Note.objects.exists()
    assert not Notice.objects.exists()
    assert files_on_disk() == before


def _workbook(*parts: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    return buffer.getvalue()


def test_office_files_are_taken_without_macros_and_texts_as_texts(manager: Actor, customer: Customer) -> None:
    write(
        manager,
        customer,
        files=[
            SentFile("a.exe", _workbook("xl/workbook.xml")),
            SentFile("b.csv", b"a,b\n1,2\n"),
            SentFile("c\u202efdp.txt", "caf\u00e9".encode()),
        ],
    )
    names = list(NoteFile.objects.order_by("place").values_list("name", flat=True))

    assert names == ["a.xlsx", "b.csv", "c_fdp.txt"]
    for parts in (("xl/workbook.xml", "xl/vbaProject.bin"), ("META-INF/MANIFEST.MF",)):
        with pytest.raises(InvalidInput):
            write(manager, customer, files=[SentFile("m.xlsx", _workbook(*parts))])


def test_is_withdrawn_once_by_its_author_or_a_manager_and_kept(
    cashier: Actor, manager: Actor, customer: Customer
) -> None:
    with acting("cashier") as writer:
        own = write(writer, customer, "Wrong customer.", files=[SentFile("a.pdf", PDF)]).note
        other = write(writer, customer, "Rude.").note
        withdraw_note(actor=writer, note_id=own.id, reason="wrong one")
    with acting("manager") as head:
        withdraw_note(actor=head, note_id=other.id, reason="not our tone")
        with pytest.raises(Conflict):
            withdraw_note(actor=head, note_id=other.id, reason="not our tone")
        mine = write(head, customer, "Mine.").note
    with acting("cashier") as writer, pytest.raises(NotAllowed):
        withdraw_note(actor=writer, note_id=mine.id, reason="not mine")

    kept = Note.objects.get(pk=own.pk)
    assert (kept.text, kept.withdrawn_by, kept.withdrawn_reason) == ("Wrong customer.", "Merly", "wrong one")
    event = AuditEvent.objects.get(action="notes.withdraw", user_id=cashier.user_id)
    assert event.details["text"] == "Wrong customer."
    file = NoteFile.objects.get(note=own)
    with pytest.raises(NoteNotFound):
        open_note_file(actor=manager, note_id=own.id, file_id=file.id)


def test_the_auditor_reads_and_does_not_write(auditor: Actor, customer: Customer) -> None:
    with pytest.raises(NotAllowed):
        write(auditor, customer)

    assert notes_about(actor=auditor, subject_type="customer", subject_id=str(customer.pk)) == []
    with pytest.raises(NotAllowed):
        write(replace(auditor, permissions=frozenset({"notes.write"})), customer)


def test_another_company_finds_neither_record_nor_note(manager: Actor, customer: Customer) -> None:
    note = write(manager, customer, files=[SentFile("a.pdf", PDF)]).note
    file = NoteFile.objects.get()

    with acting("outsider") as stranger:
        for attempt in (
            lambda: write(stranger, customer),
            lambda: withdraw_note(actor=stranger, note_id=note.id, reason="mine now"),
            lambda: open_note_file(actor=stranger, note_id=note.id, file_id=file.id),
        ):
            with pytest.raises(NoteNotFound):
                attempt()
        assert notes_about(actor=stranger, subject_type="customer", subject_id=str(customer.pk)) == []
        assert not Note.objects.exists()


@pytest.mark.parametrize("key", ["", "no such", "\x00", "9" * 61, str(UUID(int=7))])
def test_a_key_that_names_nothing_is_not_found(manager: Actor, key: str) -> None:
    for subject_type in ("customer", "case", "renewal_case", "payment", "users"):
        with pytest.raises(NoteNotFound):
            write_note(actor=manager, subject_type=subject_type, subject_id=key, text="Fine.")


def test_the_database_changes_and_deletes_no_note(manager: Actor, customer: Customer) -> None:
    note = write(manager, customer, files=[SentFile("a.pdf", PDF)]).note

    for attempt in (
        lambda: Note.objects.filter(pk=note.pk).update(text="Other."),
        lambda: Note.objects.filter(pk=note.pk).delete(),
        lambda: NoteFile.objects.filter(note=note).update(name="x"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
