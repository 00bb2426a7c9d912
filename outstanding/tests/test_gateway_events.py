"""`POST /api/gateway-events/{endpoint_id}`: what is accepted from a gateway, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from outstanding.models import RenewalCase
from outstanding.services import pay_installments
from outstanding.tests.builders import event_of, path, signed
from payments.gateways import webhook
from payments.gateways.interface import Result, Unclear
from payments.gateways.models import GatewayCharge, GatewayEndpoint, GatewayEvent
from payments.gateways.services import (
    change_endpoint,
    connect_gateway,
    reconcile_charges,
    send_charges,
)
from payments.gateways.signing import fits, sign
from payments.models import Payment
from tests.cast import NORTH, SOUTH, StaffClient
from tests.digest import assert_nothing_written

Deliver = Callable[..., Any]


@pytest.fixture
def transaction_id(api: StaffClient, renewal: RenewalCase) -> str:
    """A payment that stays pending at the sandbox."""
    reference: str = api.post(path(renewal, "pay"), {"payment_mode": "emi"}).json()["data"]["transaction_id"]
    send_charges(company_id=NORTH)
    return reference


@pytest.mark.parametrize("signature", ["", "0" * 64, "sha256=", "é"])
def test_refuses_a_bad_signature(transaction_id: str, deliver: Deliver, signature: str) -> None:
    with assert_nothing_written():
        answer = deliver(transaction_id, amount="240500.00", signature=signature)

    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")


def test_refuses_a_body_that_was_changed(transaction_id: str) -> None:
    endpoint = GatewayEndpoint.objects.get()
    body, signature = signed(endpoint, event_of(transaction_id, amount="1.00"))
    client = StaffClient(username="cashier")
    client.credentials()

    with assert_nothing_written():
        answer = client.post(
            f"/api/gateway-events/{endpoint.id}/",
            data=body.replace(b"1.00", b"9.00"),
            content_type="application/json",
            HTTP_X_SIGNATURE=signature,
        )

    assert answer.status_code == 401


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_refuses_an_old_or_future_timestamp(transaction_id: str, deliver: Deliver, seconds: int) -> None:
    stamp = (clock.now() + timedelta(seconds=seconds)).isoformat()

    with assert_nothing_written():
        answer = deliver(transaction_id, amount="240500.00", timestamp=stamp)

    assert (answer.status_code, answer.json()["code"]) == (400, "event_out_of_time")


@pytest.mark.parametrize("seconds", [-300, 300])
def test_takes_a_timestamp_within_five_minutes(transaction_id: str, deliver: Deliver, seconds: int) -> None:
    stamp = int((clock.now() + timedelta(seconds=seconds)).timestamp())

    assert deliver(transaction_id, amount="240500.00", timestamp=stamp).status_code == 200


def test_a_late_delivery_with_a_fresh_stamp_is_taken(
    transaction_id: str, deliver: Deliver, travel: Any
) -> None:
    travel.shift(timedelta(days=9))

    answer = deliver(transaction_id, amount="240500.00")

    assert answer.json()["outcome"] == "applied"
    assert str(Payment.objects.get().payment_date) == "2024-11-24"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event_id": ""}, "event_id"),
        ({"event_id": 5}, "event_id"),
        ({"event_id": "x" * 101}, "event_id"),
        ({"type": "charge.exploded"}, "type"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": "2024-11-15T12:00:00"}, "timestamp"),
        ({"amount": None}, "amount"),
        ({"amount": "0.00"}, "amount"),
        ({"amount": "-5.00"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": 1000000000}, "amount"),
        ({"currency": "EUR"}, "currency"),
        ({"currency": None}, "currency"),
    ],
)
def test_names_what_is_wrong_with_an_event(
    transaction_id: str, deliver: Deliver, changes: dict[str, Any], field: str
) -> None:
    with assert_nothing_written():
        answer = deliver(transaction_id, **{"amount": "240500.00", **changes})

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_keeps_an_event_of_an_unknown_charge_apart(transaction_id: str) -> None:
    endpoint = GatewayEndpoint.objects.get()
    body, signature = signed(endpoint, event_of("TXN_FFFFFFFFFFFF", amount="5.00"))
    client = StaffClient(username="cashier")
    client.credentials()

    answer = client.post(
        f"/api/gateway-events/{endpoint.id}",
        data=body,
        content_type="application/json",
        HTTP_X_SIGNATURE=signature,
    )

    assert answer.json()["outcome"] == "unknown_reference"
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    "key", ["x", "01900000-0000-7000-8000-00000000dead", "00000000-0000-0000-0000-000000000000"]
)
def test_knows_no_other_endpoint(transaction_id: str, key: str) -> None:
    client = StaffClient(username="cashier")

    answer = client.post(f"/api/gateway-events/{key}", data=b"{}", content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (404, "gateway_endpoint_not_found")


def test_an_endpoint_switched_off_takes_nothing(
    transaction_id: str, deliver: Deliver, administrator: Actor
) -> None:
    change_endpoint(actor=administrator, endpoint=GatewayEndpoint.objects.get(), is_active=False)

    assert deliver(transaction_id, amount="240500.00").status_code == 404


def test_another_companys_endpoint_reaches_no_charge_of_ours(transaction_id: str) -> None:
    with company_context(SOUTH, job="test"):
        theirs = GatewayEndpoint.objects.create(company_id=SOUTH, gateway="sandbox")
    body, signature = signed(theirs, event_of(transaction_id, amount="240500.00"))

    answer = StaffClient(username="outsider").post(
        f"/api/gateway-events/{theirs.id}",
        data=body,
        content_type="application/json",
        HTTP_X_SIGNATURE=signature,
    )

    assert answer.json()["outcome"] == "unknown_reference"
    assert GatewayCharge.objects.get().state == "sent"
    assert not Payment.objects.exists()
    assert GatewayEndpoint.objects.filter(id=theirs.id).count() == 0


# --- The HTTPS gateway -------------------------------------------------------------------------------

SECRET = b"a secret of the gateway"


@pytest.fixture
def gateway(administrator: Actor, manager: Actor, settings: Any) -> GatewayEndpoint:
    """North's own gateway, its secret in the environment."""
    settings.GATEWAY_HOSTS = ["pay.example"]
    endpoint = connect_gateway(actor=administrator, gateway="webhook", url="https://pay.example/v1/")
    settings.GATEWAY_SECRETS = {endpoint.id.hex: [SECRET, b"the old one"]}
    return endpoint


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The gateway's side: what it was sent; responses come from `answers`; an exception there is raised."""
    calls: list[Any] = []

    def exchange(method: str, url: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        answer = calls[0].pop(0)
        calls.append((method, url, headers, body))
        if isinstance(answer, Exception):
            raise answer
        return answer

    calls.append([])
    monkeypatch.setattr(webhook, "exchange", exchange)
    return calls


def test_hands_a_charge_over_with_our_key_signed(
    gateway: GatewayEndpoint, renewal: RenewalCase, manager: Actor, far: list[Any], deliver: Deliver
) -> None:
    far[0] += [(202, {"id": "ch_77", "status": "processing"})]
    made = pay_installments(actor=manager, case=renewal.pk, mode="upi")

    assert send_charges(company_id=NORTH) == 1

    charge = GatewayCharge.objects.get()
    (method, url, headers, body) = far[1]
    assert (method, url) == ("POST", "https://pay.example/v1/charges")
    assert headers["Idempotency-Key"] == str(charge.id)
    assert fits(secrets=[SECRET], body=body, signature=headers["X-Signature"])
    assert made.payment.transaction_id.encode() in body
    assert (charge.state, charge.gateway_reference) == ("sent", "ch_77")
    assert deliver(charge.reference, amount="240500.00").json()["outcome"] == "applied"


def test_an_event_signed_by_the_old_secret_is_taken(
    gateway: GatewayEndpoint, renewal: RenewalCase, manager: Actor, deliver: Deliver
) -> None:
    made = pay_installments(actor=manager, case=renewal.pk, mode="upi")
    body, _ = signed(gateway, event_of(made.payment.transaction_id, amount="240500.00"))

    answer = StaffClient(username="cashier").post(
        f"/api/gateway-events/{gateway.id}",
        data=body,
        content_type="application/json",
        HTTP_X_SIGNATURE="sha256=" + sign(secret=b"the old one", body=body),
    )

    assert answer.json()["outcome"] == "applied"


def test_without_a_secret_no_event_fits(
    gateway: GatewayEndpoint, renewal: RenewalCase, manager: Actor, settings: Any
) -> None:
    settings.GATEWAY_SECRETS = {}
    body = b"{}"

    answer = StaffClient(username="cashier").post(
        f"/api/gateway-events/{gateway.id}",
        data=body,
        content_type="application/json",
        HTTP_X_SIGNATURE=sign(secret=b"", body=body),
    )

    assert answer.status_code == 401


def test_what_the_gateway_refuses_has_failed(
    gateway: GatewayEndpoint, renewal: RenewalCase, manager: Actor, far: list[Any]
) -> None:
    far[0] += [(422, {"reason": "Card expired."})]
    made = pay_installments(actor=manager, case=renewal.pk, mode="credit_card")

    send_charges(company_id=NORTH)

    made.payment.refresh_from_db()
    assert (made.payment.status, made.payment.failure_reason) == ("failed", "Card expired.")


def test_asks_before_it_sends_again(
    gateway: GatewayEndpoint, renewal: RenewalCase, manager: Actor, far: list[Any], travel: Any
) -> None:
    """It is unknown whether the gateway has it: it is not handed over again until the gateway says that it has not."""
    far[0] += [Unclear("no answer")]
    pay_installments(actor=manager, case=renewal.pk, mode="upi")
    send_charges(company_id=NORTH)
    assert send_charges(company_id=NORTH) == 0
    assert reconcile_charges(company_id=NORTH).asked == 0

    travel.shift(timedelta(minutes=11))
    far[0] += [Unclear("no answer"), (404, {}), (202, {"id": "ch_1"}), (200, {"status": "processing"})]
    unclear = reconcile_charges(company_id=NORTH)
    travel.shift(timedelta(minutes=11))
    unknown = reconcile_charges(company_id=NORTH)
    sent = send_charges(company_id=NORTH)
    travel.shift(timedelta(minutes=11))
    pending = reconcile_charges(company_id=NORTH)

    assert (unclear.unclear, unknown.sent_again, sent, pending.pending) == (1, 1, 1, 1)
    methods = [call[0] for call in far[1:]]
    keys = {call[2]["Idempotency-Key"] for call in far[1:] if call[0] == "POST"}
    assert methods == ["POST", "GET", "GET", "POST", "GET"]
    assert len(keys) == 1


def test_asking_settles_what_no_event_told(
    gateway: GatewayEndpoint, renewal: RenewalCase, manager: Actor, far: list[Any], travel: Any
) -> None:
    far[0] += [(202, {"id": "ch_1"}), (200, {"status": "settled", "amount": "240500.00"})]
    pay_installments(actor=manager, case=renewal.pk, mode="upi")
    send_charges(company_id=NORTH)
    travel.shift(timedelta(minutes=11))

    report = reconcile_charges(company_id=NORTH)

    assert report.settled == 1
    assert str(Payment.objects.get().amount) == "240500.00"


def test_gives_up_after_five_sendings(
    gateway: GatewayEndpoint, renewal: RenewalCase, manager: Actor, far: list[Any], travel: Any
) -> None:
    made = pay_installments(actor=manager, case=renewal.pk, mode="upi")
    for _ in range(5):
        far[0] += [Unclear("no answer"), (404, {})]
        send_charges(company_id=NORTH)
        travel.shift(timedelta(minutes=11))
        reconcile_charges(company_id=NORTH)

    made.payment.refresh_from_db()
    assert made.payment.status == "failed"
    assert "5 attempts" in made.payment.failure_reason


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_an_answer_that_says_nothing_of_the_charge_is_unclear(
    gateway: GatewayEndpoint, renewal: RenewalCase, manager: Actor, far: list[Any], status: int
) -> None:
    far[0] += [(status, {})]
    pay_installments(actor=manager, case=renewal.pk, mode="upi")

    send_charges(company_id=NORTH)

    assert GatewayCharge.objects.get().state == "sent"


@pytest.mark.parametrize(
    "url",
    [
        "http://pay.example",
        "https://other.example",
        "https://pay.example@evil.example",
        "https://user:pw@pay.example",  # pragma: allowlist secret - an example
        "https://pay.example/?x=1",
        "https://[",
        "",
    ],
)
def test_refuses_an_address_that_is_not_allowed(administrator: Actor, settings: Any, url: str) -> None:
    settings.GATEWAY_HOSTS = ["pay.example"]

    with assert_nothing_written(), pytest.raises(InvalidInput, match="https address"):
        connect_gateway(actor=administrator, gateway="webhook", url=url)


@pytest.mark.parametrize(
    "answer", [{}, {"status": "settled"}, {"status": "settled", "amount": "x"}, {"status": 1}]
)
def test_cannot_read_every_answer(answer: dict[str, Any]) -> None:
    with pytest.raises(Unclear):
        webhook._outcome(answer)


def test_reads_a_look_up() -> None:
    outcome = webhook._outcome({"status": "failed", "reason": "No.", "id": "ch_1"})

    assert (outcome.result, outcome.reason, outcome.gateway_reference) == (Result.FAILED, "No.", "ch_1")


def test_events_are_kept(transaction_id: str, deliver: Deliver) -> None:
    deliver(transaction_id, amount="240500.00")

    event = GatewayEvent.objects.get()
    assert (event.kind, event.reference, event.payload["amount"]) == (
        "charge.settled",
        transaction_id,
        "240500.00",
    )
    assert isinstance(event.id, UUID)
