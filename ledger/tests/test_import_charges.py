"""Charges and opening balances from CSV: by service and by command."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotAllowed, TooLarge
from ledger.models import Entry, Obligation
from ledger.services import void_posting
from ledger.services.imports import CHARGES
from ledger.tests.builders import Debtor, charge, raising_posting
from tests.digest import assert_nothing_written

HEAD = "category,tlc_license,lease_id,reference_id,amount,due_date,description,opening\n"


def table(*lines: str, head: str = HEAD) -> bytes:
    return (head + "\n".join(lines)).encode()


def test_raises_charges_and_opening_balances(manager: Actor, john: Debtor) -> None:
    content = table(
        "ezpass,00504124,LS-2054,EZ-1,26.50,01/15/2026,,",
        'Repairs,00504124,LS-2054,INV-2457,"1,450.00",2024-10-15,"Brakes,\nfront",yes',
    )

    report = CHARGES.run(actor=manager, content=content)

    assert (report.rows, report.created, report.existing, report.errors) == (2, 2, 0, [])
    assert str(report.total) == "1476.50"
    rows = Obligation.objects.order_by("id").values_list("category", "original", "due_date", "is_opening")
    assert [(a, str(b), str(c), d) for a, b, c, d in rows] == [
        ("EZPASS", "26.50", "2026-01-15", False),
        ("REPAIRS", "1450.00", "2024-10-15", True),
    ]
    assert sorted(Entry.objects.values_list("event", flat=True)) == ["obligation_raised", "opening_balance"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_takes_what_spreadsheets_write(manager: Actor, john: Debtor, delimiter: str, bom: bytes) -> None:
    content = table(
        f"tax,,{john.lease.id},T-1,5,2026-01-15,,,{john.driver.id}", head=HEAD[:-1] + ",Driver ID\r\n"
    )

    report = CHARGES.run(actor=manager, content=bom + content.replace(b",", delimiter.encode()))

    assert (report.created, report.errors) == (1, [])


def test_the_same_file_again_changes_nothing(manager: Actor, john: Debtor) -> None:
    content = table(
        "EZPASS,00504124,LS-2054,EZ-1,26.50,2026-01-15,,", "EZPASS,00504124,LS-2054,EZ-1,26.50,2026-01-15,,"
    )
    first = CHARGES.run(actor=manager, content=content)

    with assert_nothing_written():
        again = CHARGES.run(actor=manager, content=content)

    assert (first.created, first.existing) == (1, 1)
    assert (again.created, again.existing, again.errors) == (0, 2, [])


BAD = [
    ("Parking,00504124,LS-2054,B-1,5,2026-01-15,,", "category", "unknown_category"),
    ("Lease,00504124,LS-2054,B-1,5,2026-01-15,,", "category", "category_not_raised"),
    (",00504124,LS-2054,B-1,5,2026-01-15,,", "category", "unknown_category"),
    ("TLC,00504124,LS-2054,,5,2026-01-15,,", "reference_id", "invalid"),
    ("TLC,00504124,LS-2054,B-1,5.005,2026-01-15,,", "amount", "invalid"),
    ("TLC,00504124,LS-2054,B-1,0,2026-01-15,,", "amount", "invalid"),
    ("TLC,00504124,LS-2054,B-1,-5,2026-01-15,,", "amount", "invalid"),
    ("TLC,00504124,LS-2054,B-1,1e5,2026-01-15,,", "amount", "invalid"),
    ("TLC,00504124,LS-2054,B-1,,2026-01-15,,", "amount", "invalid"),
    ("TLC,00504124,LS-2054,B-1,5,15.01.2026,,", "due_date", "invalid"),
    ("TLC,00504124,LS-2054,B-1,5,,,", "due_date", "invalid"),
    ("TLC,00504124,LS-2054,B-1,5,2026-01-15,,maybe", "opening", "invalid"),
    ("TLC,99999999,LS-2054,B-1,5,2026-01-15,,", "driver_id", "not_found"),
    ("TLC,00504124,LS-9,B-1,5,2026-01-15,,", "lease_id", "not_found"),
    (f"TLC,00504124,{'9' * 5_000},B-1,5,2026-01-15,,", "lease_id", "invalid"),
    ("TLC,00504124,,B-1,5,2026-01-15,,", "lease_id", "lease_required"),
    ("TLC,,,B-1,5,2026-01-15,,", "driver_id", "debtor_unknown"),
    ("EZPASS,00504124,LS-2054,TAKEN,27.00,2026-01-15,,", "reference_id", "reference_taken"),
    ("EZPASS,00504124,LS-2054,VOID,26.50,2026-01-15,,", "reference_id", "reference_voided"),
    ("TLC,00504124,LS-2054,G-1,6,2026-01-15,,", "reference_id", "reference_taken"),
]


@pytest.mark.parametrize(("line", "field", "code"), BAD)
def test_a_bad_row_keeps_all_out_unless_the_good_are_kept(
    manager: Actor, john: Debtor, line: str, field: str, code: str
) -> None:
    charge(manager, john, reference_id="TAKEN")
    gone = charge(manager, john, reference_id="VOID")
    void_posting(actor=manager, posting_id=raising_posting(gone).id, reason="Another car's toll")
    content = table(
        "TLC,00504124,LS-2054,G-1,5,2026-01-15,,", line, "TLC,00504124,LS-2054,G-2,5,2026-01-15,,"
    )

    with assert_nothing_written():
        refused = CHARGES.run(actor=manager, content=content)
    kept = CHARGES.run(actor=manager, content=content, keep_good=True)

    assert [(error.row, error.field, error.code) for error in refused.errors] == [(3, field, code)]
    assert (refused.written, kept.written, kept.created) == (False, True, 2)
    assert set(Obligation.objects.values_list("reference_id", flat=True)) == {"TAKEN", "VOID", "G-1", "G-2"}


def test_a_dry_run_writes_nothing(manager: Actor, john: Debtor) -> None:
    with assert_nothing_written():
        report = CHARGES.run(
            actor=manager,
            content=table("TLC,00504124,LS-2054,G-1,5,2026-01-15,,"),
            dry_run=True,
            keep_good=True,
        )

    assert (report.created, report.written) == (1, False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "lacks the headings"),
        (b"category;amount\n", "lacks the headings reference_id, due_date"),
        (HEAD.encode(), "no rows"),
        (HEAD.replace("opening", "amount").encode(), "twice"),
        (HEAD.encode() + b'"open quote,\n', "Line"),
        (b"\xff\xfe", "UTF-8"),
        (HEAD.encode() + b"\x00", "NUL"),
    ],
)
def test_refuses_a_file_it_cannot_read(manager: Actor, content: bytes, words: str) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput, match=words) as refusal:
        CHARGES.run(actor=manager, content=content)

    assert refusal.value.code == "unreadable_file"


def test_ignores_an_unknown_column_with_a_warning_and_refuses_a_cell_without_heading(
    manager: Actor, john: Debtor
) -> None:
    head = HEAD.replace("opening", "color")
    row = "TLC,00504124,LS-2054,G-1,5,2026-01-15,,red"

    with assert_nothing_written():
        wide = CHARGES.run(actor=manager, content=table(f"{row},x", head=head))
    report = CHARGES.run(actor=manager, content=table(f"{row},,", head=head))

    assert [(each.row, each.field, each.code) for each in wide.errors] == [(2, "row", "wrong_cell_count")]
    assert report.warnings == ["The column 'color' is unknown and was ignored."]
    assert (report.created, report.errors) == (1, [])


def test_refuses_too_many_rows_and_those_without_the_right(manager: Actor, cashier: Actor) -> None:
    with assert_nothing_written(), pytest.raises(TooLarge, match="10,000"):
        CHARGES.run(actor=manager, content=table(*["TLC,1,1,x,5,2026-01-15,,"] * 10_001))
    with assert_nothing_written(), pytest.raises(TooLarge, match="10,485,760"):
        CHARGES.run(actor=manager, content=b"x" * 10_485_761)
    with assert_nothing_written(), pytest.raises(NotAllowed):
        CHARGES.run(actor=cashier, content=HEAD.encode())


def test_command_names_lines_and_exits_1(manager: Actor, john: Debtor, tmp_path: Path) -> None:
    file = tmp_path / "charges.csv"
    file.write_bytes(
        table("TLC,00504124,LS-2054,G-1,5,2026-01-15,,", "TLC,00504124,LS-2054,G-2,0,2026-01-15,,")
    )
    out = StringIO()
    arguments = ["raise_obligations_from_csv", "--company", "North Taxi", "--file", str(file)]

    with assert_nothing_written():
        for more in ([], ["--dry-run"], ["--dry-run", "--keep-good"]):
            with pytest.raises(CommandError, match="1 error"):
                call_command(*arguments, *more, stdout=out)
    with pytest.raises(CommandError, match="1 error"):
        call_command(*arguments, "--keep-good", stdout=out)

    assert "line 3: amount: The amount must be above 0.00" in out.getvalue()
    assert "2 rows: 1 raised, 5.00 in all; 0 already there." in out.getvalue()
    assert Obligation.objects.get().reference_id == "G-1"
    with pytest.raises(CommandError, match="cannot be read"):
        call_command(*arguments[:-1], str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="Name the company"):
        call_command("raise_obligations_from_csv", "--file", str(file))
