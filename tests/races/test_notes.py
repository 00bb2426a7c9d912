"""The same note sent twice at once is one note, told once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from batconnect.core.models import Note, Notice
from batconnect.core.notes.kept_files import SentFile
from batconnect.core.notes.services import write_note
from batconnect.directory.models import Customer
from tests.cast import NORTH, acting
from tests.races.test_recording import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def kept_files() -> set[Path]:
    """The files of north's notes, those of earlier tests too."""
    folder = Path(settings.MEDIA_ROOT) / "notes" / str(NORTH)
    return {each for each in folder.iterdir() if each.is_file()} if folder.exists() else set()


def test_two_that_send_the_same_form_write_one_note() -> None:
    with acting("manager"):
        customer = Customer.objects.create(company_id=NORTH, name="John Doe")

    def send(number: int) -> bool:
        with acting("manager") as actor:
            return write_note(
                actor=actor,
                subject_type="customer",
                subject_id=str(customer.pk),
                text="Call @cashier.",
                files=[SentFile("a.txt", b"a")],
                form_key="one form",
            ).is_repeat

    before = kept_files()
    repeats = at_once(send, times=4)

    assert sorted(repeats) == [False, True, True, True]
    with acting("manager"):
        assert (Note.objects.count(), Notice.objects.count()) == (1, 1)
    assert len(kept_files() - before) == 1


def test_two_people_who_mention_one_ring_once_and_wait_for_nobody_for_long() -> None:
    with acting("manager"):
        customer = Customer.objects.create(company_id=NORTH, name="John Doe")

    def mention(number: int) -> None:
        with acting("manager" if number % 2 else "second_manager") as actor:
            text = f"{number}: @cashier @auditor" if number < 2 else f"{number}: @auditor @cashier"
            write_note(actor=actor, subject_type="customer", subject_id=str(customer.pk), text=text)

    at_once(mention, times=4)

    with acting("manager"):
        assert Note.objects.count() == 4
        assert sorted(Notice.objects.values_list("user__username", flat=True)) == ["auditor", "cashier"]
