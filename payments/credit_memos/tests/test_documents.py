"""Credit memos of installments, of statements of account, by command and from files."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.core.management import call_command

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from ledger import sources
from ledger.chart import Category
from ledger.models import Entry, Obligation
from ledger.postings import OBLIGATION, EntryDraft, obligation_raised
from ledger.services import post_entries
from ledger.services.obligations import ObligationDraft, planned_row
from ledger.sources import Advanced, Source
from payments.credit_memos.imports import CREDIT_MEMOS
from payments.credit_memos.tests.builders import REASON, assert_clean, credit, lines_of, memo_of, toll
from payments.models import CreditMemo
from payments.services.statements import read_statement
from payments.tests.builders import Debtor, pay

pytestmark = pytest.mark.django_db
D = Decimal


def installment(actor: Actor, john: Debtor, category: Category, *credits: tuple[str, str]) -> Obligation:
    """An installment as its app raises it, without the document."""
    draft = ObligationDraft(
        category=category,
        reference_id="INST-01",
        amount=sum((D(amount) for _, amount in credits), D(0)),
        issue_date=john.lease.started_on,
        due_date=john.lease.started_on,
        customer_id=john.customer.pk,
        lease_id=john.lease.pk,
        credits=tuple((account, D(amount)) for account, amount in credits),
        source_type="test.installment",
        source_id="1",
    )
    entry: EntryDraft = obligation_raised(
        obligation_id=draft.id,
        category=category.value,
        amount=draft.amount,
        currency="USD",
        issue_date=draft.issue_date,
        credits=draft.credits,
        customer_id=draft.customer_id,
        lease_id=draft.lease_id,
    )
    row = planned_row(actor=actor, draft=draft)
    post_entries(actor=actor, drafts=[entry], rows=[[row]], raises=frozenset({row.id}))
    assert Entry.objects.filter(source_type=OBLIGATION, source_id=str(row.id)).exists()
    return Obligation.objects.get(id=row.id)


def stand_behind(monkeypatch: pytest.MonkeyPatch, advanced: Advanced) -> None:
    """What the installments' app says of them."""
    monkeypatch.setattr(sources, "source", lambda source_type: Source(advanced=lambda actor, key: advanced))


def test_of_a_loan_that_was_handed_over_only_the_interest_is_credited(
    manager: Actor, john: Debtor, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = installment(
        manager, john, Category.LOANS, ("loan_principal", "200.00"), ("income:interest", "10.00")
    )
    stand_behind(monkeypatch, Advanced("disbursements_payable", limit=D("0.00")))

    memo = memo_of(credit(manager, item, "6.00"))

    assert lines_of(memo.entry_id) == {"income:interest": D("6.00"), "customer_credits": D("-6.00")}
    with pytest.raises(Conflict) as refused:
        credit(manager, item, "5.00")
    assert refused.value.code == "principal_handed_over"
    assert "4.00" in refused.value.message
    assert CreditMemo.objects.count() == 1


def test_of_a_loan_that_nobody_has_had_the_principal_is_credited_too(
    manager: Actor, john: Debtor, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = installment(
        manager, john, Category.LOANS, ("loan_principal", "200.00"), ("income:interest", "10.00")
    )
    stand_behind(monkeypatch, Advanced("disbursements_payable"))

    memo = memo_of(credit(manager, item))

    assert lines_of(memo.entry_id) == {
        "income:interest": D("10.00"),
        "disbursements_payable": D("200.00"),
        "customer_credits": D("-210.00"),
    }


@pytest.mark.parametrize("account", ["disbursements_payable", "income:workshop"])
def test_a_repair_debits_what_its_opening_had_credited(
    manager: Actor, john: Debtor, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    item = installment(manager, john, Category.REPAIRS, ("repair_advances", "120.00"))
    stand_behind(monkeypatch, Advanced(account))

    memo = memo_of(credit(manager, item, "20.00"))

    assert lines_of(memo.entry_id) == {account: D("20.00"), "customer_credits": D("-20.00")}


def test_a_statement_ends_with_what_is_owed_less_cash_and_credits(manager: Actor, john: Debtor) -> None:
    before = read_statement(actor=manager, customer_id=john.customer.pk).closing
    item = toll(manager, john)
    pay(manager, "45.00", ("EZPass", "EZ-1", "45.00"))
    memo = memo_of(credit(manager, item))

    statement = read_statement(actor=manager, customer_id=john.customer.pk)

    owed = sum(Obligation.objects.values_list("outstanding", flat=True), D(0))
    assert statement.closing == owed - memo.left == before - D("45.00")
    assert statement.lines[-1].text == f"Credit memo {memo.number}"
    assert statement.lines[-1].credit == D("45.00")


def test_a_command_credits_an_item(manager: Actor, john: Debtor) -> None:
    toll(manager, john)
    said = io.StringIO()

    call_command(
        "issue_credit_memo",
        "EZPASS:EZ-1",
        "--amount=20.00",
        f"--reason={REASON}",
        f"--company={manager.company_id}",
        stdout=said,
    )

    memo = CreditMemo.objects.get()
    assert said.getvalue().strip() == (
        f"{memo.number} credits 20.00 USD of EZPass EZ-1: 20.00 applied to it, 0.00 left."
    )


def test_the_same_file_again_changes_nothing(manager: Actor, john: Debtor) -> None:
    toll(manager, john)
    file = f"category,reference_id,amount,reason\r\nEZPass,EZ-1,20.00,{REASON}\r\n".encode()

    first = CREDIT_MEMOS.run(actor=manager, content=file)
    second = CREDIT_MEMOS.run(actor=manager, content=file)
    wrong = CREDIT_MEMOS.run(
        actor=manager,
        content=f"category,reference_id,amount,reason\r\nEZPass,EZ-9,,{REASON}\r\nEZPass,EZ-1,25.01,short\r\n".encode(),
    )

    assert (first.created, first.existing, second.created, second.existing) == (1, 0, 0, 1)
    assert [(each.row, each.field) for each in wrong.errors] == [(2, "reference_id"), (3, "reason")]
    assert CreditMemo.objects.count() == 1
    assert_clean(manager)
