"""The desk and the upload of agencies' files in the console."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from agencies.models import AgencyImport, AgencyLayout
from agencies.tests.builders import EZPASS, csv_of, row_of, take, toll
from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from ledger.tests.settlement.builders import make_driver
from tests.console import browser, seen_on

pytestmark = pytest.mark.django_db
DAY = "11/03/2025"


def test_several_rows_are_assigned_at_once(manager: Actor) -> None:
    make_driver(manager)
    take(manager, csv_of(EZPASS, toll("T1", DAY, "00512345678"), toll("T2", DAY, "00512345678")))
    console, desk = browser("manager"), reverse("admin:agency_desk")
    shown = console.get(desk).content.decode()
    assert "T1" in shown
    assert "Plate, tag or medallion is not known" in shown

    rows = [str(row_of(each).id) for each in ("T1", "T2")]
    sent = {"rows": rows, "lease": "LS-2054", "driver": "DRV-101", "remember": "on", "reason": ""}
    preview = console.post(desk, sent)
    assert not Obligation.objects.exists()
    done = console.post(desk, {**sent, "seen": seen_on(preview)["seen"]}, follow=True).content.decode()

    assert "2 rows of DRV-101 John Doe on LS-2054." in done
    assert Obligation.objects.filter(category="EZPASS").count() == 2


def test_a_file_that_no_layout_fits_is_named_and_taken(manager: Actor) -> None:
    make_driver(manager)
    content = csv_of(("Tag #", "Toll Date", "Charge Amount"), ("00512345678", "2025-11-03", "6.94"))
    console, page = browser("manager"), reverse("admin:agency_import")

    checked = console.post(page, {"file": SimpleUploadedFile("tolls.csv", content), "do": "check"})
    assert "Which column holds what?" in checked.content.decode()
    kept = checked.context["form"]["kept"].value()
    columns = {"column_tag": "Tag #", "column_date": "Toll Date", "column_amount": "Charge Amount"}
    named = console.post(
        page,
        {
            "kept": kept,
            "kept_name": "tolls.csv",
            "do": "columns",
            "name": "By mail",
            "agency": "By mail",
            "kind": "tolls",
            "date_form": "ymd",
            "decimal_sign": ".",
            **columns,
        },
    )
    layout = AgencyLayout.objects.get()
    assert named.context["tried"].good_lines == 1
    taken = console.post(
        page, {"kept": kept, "kept_name": "tolls.csv", "layout": str(layout.id), "do": "take"}, follow=True
    )

    assert "1 line taken" in taken.content.decode()
    assert AgencyImport.objects.get().layout_name == "By mail"
