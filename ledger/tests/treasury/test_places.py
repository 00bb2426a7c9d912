"""Bank accounts and drawers: opened, changed, closed, shown with what they hold (docs/domain.md#bank-accounts)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from ledger import chart
from ledger.models import Account
from ledger.tests.treasury.builders import pay_out, put_in
from ledger.treasury.errors import DrawerShort
from ledger.treasury.models import BankAccount, Disbursement, Drawer
from ledger.treasury.services.changing import change_bank_account, change_drawer
from ledger.treasury.services.places import make_default, open_bank_account, open_drawer
from ledger.verification import verify
from tests.cast import StaffClient, acting
from tests.digest import assert_nothing_written

Client = Callable[..., StaffClient]
BANKS = "/api/accounting/bank-accounts"
DRAWERS = "/api/accounting/drawers"
PAID = "/api/accounting/disbursements"


def send(client: StaffClient, path: str, body: dict[str, Any], method: str = "post") -> Any:
    return getattr(client, method)(path, body, format="json", headers={"Idempotency-Key": str(uuid4())})


def test_opens_a_bank_account_with_its_accounts_of_the_chart(manager: Actor, client_of: Client) -> None:
    body = {"code": "payroll", "name": "Payroll", "currency": "USD", "last_digits": "0815"}

    answer = send(client_of("manager"), BANKS, body)

    assert answer.status_code == 201
    assert {key: answer.json()[key] for key in ("code", "is_default", "balance", "available")} == {
        "code": "payroll",
        "is_default": False,
        "balance": Decimal("0.00"),
        "available": Decimal("0.00"),
    }
    codes = [
        chart.bank("payroll"),
        chart.payments_in_transit("payroll"),
        chart.deposits_in_transit("payroll"),
    ]
    assert Account.objects.filter(code__in=codes, currency="USD", kind="asset").count() == 3
    again = send(client_of("manager"), BANKS, body)
    assert (again.status_code, again.json()["code"]) == (409, "code_taken")
    assert BankAccount.objects.filter(code="payroll").count() == 1


WRONG: list[tuple[str, Any]] = [
    ("code", "Ä b!"),
    ("code", "x" * 200),
    ("code", ""),
    ("code", None),
    ("code", 7.5),
    ("name", ""),
    ("name", "   "),
    ("name", "x" * 61),
    ("name", ["Payroll"]),
    ("currency", "XXX"),
    ("currency", "usd dollars"),
    ("currency", 1),
]


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        *((path, *wrong) for path in (BANKS, DRAWERS) for wrong in WRONG),
        *[(BANKS, "last_digits", value) for value in ("ab-c", "12-4", "12345", "Ä1")],
        (BANKS, "last_digits", {}),
        *((BANKS, field, value) for field, value in (("bank_name", "x" * 81), ("is_default", "perhaps"))),
        *[(DRAWERS, "holder_id", value) for value in (0, -1, 2**40, 999_999)],
        (DRAWERS, "holder_id", "Mara"),
    ],
)
def test_refuses_by_name_what_cannot_be(
    manager: Actor, client_of: Client, path: str, field: str, value: Any
) -> None:
    body = {"code": "payroll", "name": "Payroll", "currency": "USD", field: value}

    with assert_nothing_written():
        answer = send(client_of("manager"), path, body)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field), answer.content


@pytest.mark.parametrize("open_place", [open_bank_account, open_drawer])
@pytest.mark.parametrize(
    ("field", "value"), [*[each for each in WRONG if isinstance(each[1], str)], ("code", "a\x00b")]
)
def test_the_service_refuses_it_too(manager: Actor, open_place: Any, field: str, value: str) -> None:
    values = {"code": "payroll", "name": "Payroll", "currency": "USD", field: value}

    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        open_place(actor=manager, **values)

    assert [each.field for each in refused.value.errors] == [field]


@pytest.mark.parametrize(
    "wrong", [{"last_digits": "ab-c"}, {"name": ""}, {"name": "x" * 61}, {"bank_name": "x" * 81}]
)
def test_a_change_is_refused_by_name_too(manager: Actor, client_of: Client, wrong: dict[str, str]) -> None:
    account = BankAccount.objects.get()

    with assert_nothing_written():
        answer = send(client_of("manager"), f"{BANKS}/{account.id}", wrong, "patch")
        with pytest.raises(InvalidInput) as refused:
            change_bank_account(actor=manager, bank_account_id=account.id, **wrong)

    (field,) = wrong
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert [each.field for each in refused.value.errors] == [field]


def test_shows_what_is_at_the_bank_and_in_transit(manager: Actor, client_of: Client) -> None:
    put_in(manager, "1000.00", account="bank:operating")
    pay_out(manager, "300.00", reference="1042", payee="John Doe")

    (row,) = client_of("auditor").get(BANKS).json()["results"]
    (paid,) = client_of("auditor").get(f"{PAID}?status=in_transit&kind=loan").json()["results"]

    figures = ("balance", "deposits_in_transit", "payments_in_transit", "available")
    assert [str(row[key]) for key in figures] == ["1000.00", "0.00", "300.00", "700.00"]
    assert (paid["reference"], paid["bank_account_name"], str(paid["amount"])) == (
        "1042",
        "Operating",
        "300.00",
    )
    assert client_of("auditor").get(f"{PAID}/{paid['id']}").json() == paid
    assert client_of("auditor").get(f"{PAID}?status=stopped").json()["total"] == 0
    assert list(verify(actor=manager)) == []


def test_a_bank_account_below_zero_is_warned_of_and_not_refused(manager: Actor) -> None:
    put_in(manager, "100.00", account="bank:operating")

    paid = pay_out(manager, "120.50")

    assert paid.warned == ("Operating will stand at -20.50 USD once this is paid.",)  # type: ignore[attr-defined]
    assert Disbursement.objects.get().status == "in_transit"


def test_a_drawer_never_falls_below_zero(manager: Actor) -> None:
    put_in(manager, "100.00")

    with pytest.raises(
        DrawerShort, match=r"120\.50 USD cannot be paid from the office's drawer: it holds 100\.00"
    ):
        pay_out(manager, "120.50", method="cash")

    assert not Disbursement.objects.exists()
    pay_out(manager, "100.00", method="cash")
    assert Disbursement.objects.get().status == "paid"
    assert list(verify(actor=manager)) == []


def test_the_default_moves_and_is_not_closed(manager: Actor, client_of: Client) -> None:
    first = BankAccount.objects.get()
    second = open_bank_account(actor=manager, code="second", name="Second", currency="USD")

    refused = send(client_of("manager"), f"{BANKS}/{first.id}", {"is_active": False}, "patch")
    moved = send(client_of("manager"), f"{BANKS}/{second.id}/default", {})
    closed = send(client_of("manager"), f"{BANKS}/{first.id}", {"is_active": False}, "patch")

    assert (refused.status_code, refused.json()["code"]) == (409, "is_default")
    assert (moved.status_code, moved.json()["is_default"]) == (200, True)
    assert (closed.status_code, closed.json()["is_active"]) == (200, False)
    with pytest.raises(InvalidInput, match="Operating is closed"):
        make_default(actor=manager, bank_account_id=first.id)
    assert [each.code for each in BankAccount.objects.filter(is_default=True)] == ["second"]


def test_what_holds_money_is_not_closed(manager: Actor) -> None:
    account = open_bank_account(actor=manager, code="second", name="Second", currency="USD")
    drawer = open_drawer(actor=manager, code="till", name="Till", currency="USD")
    put_in(manager, "10.00", account="cash:cash:till")
    pay_out(manager, "5.00", bank_account_id=account.id)

    with pytest.raises(Conflict, match=r"5\.00 of payments in transit"):
        change_bank_account(actor=manager, bank_account_id=account.id, is_active=False)
    with pytest.raises(Conflict, match=r"Till holds 10\.00 USD"):
        change_drawer(actor=manager, drawer_id=drawer.id, is_active=False)

    assert BankAccount.objects.get(id=account.id).is_active
    assert Drawer.objects.get(id=drawer.id).is_active


def test_a_new_name_is_the_name_of_its_accounts(manager: Actor, client_of: Client) -> None:
    account = BankAccount.objects.get()

    answer = send(client_of("manager"), f"{BANKS}/{account.id}", {"name": "Harbor"}, "patch")

    assert answer.json()["name"] == "Harbor"
    assert Account.objects.get(code="bank:operating", currency="USD").name == "Bank, Harbor"


def test_one_drawer_for_each_holder_and_currency(manager: Actor, client_of: Client) -> None:
    body = {"code": "till", "name": "Till", "currency": "USD", "holder_id": 1}

    made = send(client_of("manager"), DRAWERS, body)
    second = send(client_of("manager"), DRAWERS, {**body, "code": "till2"})
    stranger = send(client_of("manager"), DRAWERS, {**body, "code": "till3", "holder_id": 6})
    till = f"{DRAWERS}/{made.json()['id']}"
    closed = send(client_of("manager"), till, {"is_active": False, "holder_id": 999_999}, "patch")
    free = send(client_of("manager"), till, {"holder_id": None}, "patch")

    assert (closed.status_code, closed.json()["code"]) == (400, "holder_unknown")
    assert (made.status_code, made.json()["holder"]) == (201, "cashier")
    assert (second.status_code, second.json()["code"]) == (409, "code_taken")
    assert (stranger.status_code, stranger.json()["code"]) == (400, "holder_unknown")
    assert free.json()["holder_id"] is None
    names = [(row["name"], row["currency"]) for row in client_of("auditor").get(DRAWERS).json()["results"]]
    assert names == [("Office", "USD"), ("Till", "USD")]


def test_another_company_finds_nothing(manager: Actor, client_of: Client) -> None:
    account = BankAccount.objects.get()
    drawer = open_drawer(actor=manager, code="till", name="Till", currency="USD")
    paid = pay_out(manager, "5.00")
    client = client_of("outsider")

    answers = [
        client.get(f"{BANKS}/{account.id}"),
        send(client, f"{BANKS}/{account.id}", {"name": "Mine"}, "patch"),
        send(client, f"{BANKS}/{account.id}/default", {}),
        client.get(f"{DRAWERS}/{drawer.id}"),
        send(client, f"{DRAWERS}/{drawer.id}", {"name": "Mine"}, "patch"),
        client.get(f"{PAID}/{paid.id}"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert client.get(PAID).json()["total"] == 0
    assert [row["name"] for row in client.get(BANKS).json()["results"]] == ["Operating"]
    with acting("manager"):
        assert BankAccount.objects.get(id=account.id).name == "Operating"
        assert Drawer.objects.get(id=drawer.id).name == "Till"


def test_lists_take_the_same_statements_however_long(manager: Actor, client_of: Client) -> None:
    client = client_of("auditor")

    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    open_drawer(actor=manager, code="d0", name="D0", currency="USD", holder_id=1)
    pay_out(manager, "1.00")
    few = [statements(path) for path in (BANKS, DRAWERS, PAID)]
    for number in range(1, 6):
        open_bank_account(actor=manager, code=f"b{number}", name=f"B{number}", currency="USD")
        open_drawer(
            actor=manager,
            code=f"d{number}",
            name=f"D{number}",
            currency="USD",
            holder_id=number + 1 if number < 5 else None,
        )
        pay_out(manager, "1.00")

    assert [statements(path) for path in (BANKS, DRAWERS, PAID)] == few
