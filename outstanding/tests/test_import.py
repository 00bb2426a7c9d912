"""Policies and installments from a CSV: all or nothing, and the same file again changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from batconnect.directory.models import Customer
from cases.models import Case
from ledger.models import Entry, Obligation
from outstanding.models import CustomerInstallment, RenewalCase
from outstanding.services.imports import RENEWALS
from tests.digest import assert_nothing_written

HEAD = (
    "policy_number,policy_type,premium,customer_name,customer_reference,customer_email,period,amount,due_date,"
    "description\n"
)
GOOD = (
    HEAD
    + "P-1,Health,300.00,Ann Lee,C-1,ann@example.com,Q1,100.00,2024-03-31,First\n"
    + 'P-1,Health,300.00,Ann Lee,C-1,ann@example.com,Q2,"1,200.50",06/30/2024,\n'
    + "P-2,Car,50.00,Bob Roe,,,Q1,50.00,2024-03-31,=1+1\n"
)


def run(actor: Actor, text: str, **options: Any) -> Any:
    return RENEWALS.run(actor=actor, content=text.encode(), **options)


def test_opens_a_case_per_policy(travel: Any, manager: Actor) -> None:
    report = run(manager, GOOD)

    assert (report.rows, report.cases, report.installments, str(report.total), report.written) == (
        3,
        2,
        3,
        "1350.50",
        True,
    )
    ann = RenewalCase.objects.get(policy_number="P-1")
    assert (ann.case.case_no, ann.case.state, ann.customer.external_reference) == (
        "RENEWAL000001",
        "Open",
        "C-1",
    )
    raised = Obligation.objects.order_by("due_date", "original").values_list(
        "category", "original", "source_type"
    )
    assert {(row[0], row[2]) for row in raised} == {("PREMIUM", "outstanding.installment")}
    assert sorted(str(row[1]) for row in raised) == ["100.00", "1200.50", "50.00"]
    assert set(Entry.objects.values_list("event", "case_no")) == {
        ("obligation_raised", "RENEWAL000001"),
        ("obligation_raised", "RENEWAL000002"),
    }
    assert CustomerInstallment.objects.get(amount="50.00").description == "=1+1"


def test_the_same_file_again_changes_nothing(travel: Any, manager: Actor) -> None:
    run(manager, GOOD)

    with assert_nothing_written():
        report = run(manager, GOOD)

    assert (report.cases, report.installments, report.existing) == (0, 0, 3)


def test_adds_later_installments_to_a_policy(travel: Any, manager: Actor) -> None:
    run(manager, GOOD)

    run(manager, HEAD + "P-1,Health,300.00,Ann Lee,C-1,,Q3,100.00,2024-09-30,\n")

    assert CustomerInstallment.objects.filter(renewal_case__policy_number="P-1").count() == 3
    assert Case.objects.count() == 2


def test_finds_a_customer_by_reference(travel: Any, manager: Actor) -> None:
    known = Customer.objects.create(company_id=manager.company_id, name="Ann", external_reference="C-1")

    run(manager, GOOD)

    assert RenewalCase.objects.get(policy_number="P-1").customer_id == known.pk


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("P-3,Health,x,Ann,,,Q1,1.00,2024-03-31,", "premium"),
        (",Health,1.00,Ann,,,Q1,1.00,2024-03-31,", "policy_number"),
        ("P-3,Health,1.00,Ann,,,Q1,0.00,2024-03-31,", "amount"),
        ("P-3,Health,1.00,Ann,,,Q1,1.005,2024-03-31,", "amount"),
        ("P-3,Health,1.00,Ann,,,Q1,1.00,2024-02-30,", "due_date"),
        ("P-1,Health,300.00,Ann Lee,C-1,,Q1,99.00,2024-03-31,", "period"),
        ("P-1,Travel,300.00,Ann Lee,C-1,,Q9,99.00,2024-03-31,", "policy_number"),
    ],
)
def test_a_bad_row_keeps_all_out(travel: Any, manager: Actor, line: str, field: str) -> None:
    run(manager, GOOD)
    good = "P-4,Health,1.00,Ann,,,Q1,1.00,2024-03-31,\n"

    with assert_nothing_written():
        report = run(manager, HEAD + good + line + "\n")

    assert report.written is False
    assert [(error.row, error.field) for error in report.errors] == [(3, field)]


def test_a_period_twice_is_an_error(travel: Any, manager: Actor) -> None:
    row = "P-3,Health,1.00,Ann,,,Q1,1.00,2024-03-31,\n"

    report = run(manager, HEAD + row + row)

    assert [(error.row, error.field) for error in report.errors] == [(3, "period")]


def test_refuses_what_is_no_table_and_who_may_not(travel: Any, manager: Actor, cashier: Actor) -> None:
    with assert_nothing_written():
        with pytest.raises(InvalidInput, match="lacks the headings"):
            run(manager, "a,b\n1,2\n")
        with pytest.raises(NotAllowed):
            run(cashier, GOOD)


def test_the_command_tells(
    travel: Any, manager: Actor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "policies.csv"
    file.write_text(GOOD)

    call_command("import_renewals", company="North Taxi", file=file, dry_run=True)
    dry = capsys.readouterr().out
    call_command("import_renewals", company="North Taxi", file=file)
    file.write_text(HEAD + "P-9,Health,x,Ann,,,Q1,1.00,2024-03-31,\n")
    with pytest.raises(CommandError, match="1 error"):
        call_command("import_renewals", company="North Taxi", file=file)

    assert "to raise (nothing was written), 1,350.50 in all" in dry
    assert RenewalCase.objects.count() == 2
