"""What the database itself refuses, by raw SQL."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from batconnect.core.kernel.actors import Actor
from ledger import verification
from outstanding.models import (
    CustomerPaymentItem,
    PaymentPlan,
    RenewalCase,
)
from outstanding.services import PlanRequest, pay_installments, setup_plan
from outstanding.tests.builders import ids_of
from tests.databases import owners_hand


@pytest.fixture
def lived(renewal: RenewalCase, manager: Actor) -> RenewalCase:
    """A case with a payment, a plan and a payment in progress."""
    first, *_ = ids_of(renewal)
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=[first])
    setup_plan(actor=manager, case=renewal.pk, wanted=PlanRequest(3, date(2024, 12, 1), "monthly", "upi"))
    pay_installments(actor=manager, case=renewal.pk, mode="emi")
    return renewal


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("update renewal_cases set premium = 0", "renewal_case_premium_positive"),
        ("update customer_installments set amount = 0", "customer_installment_amount_positive"),
        (
            "update customer_installments set obligation_id = gen_random_uuid()",
            "customer_installment_obligation_key",
        ),
        ("update payment_plans set installment_count = 13", "payment_plan_count"),
        ("update payment_plans set frequency = 'daily'", "payment_plan_frequency"),
        ("update payment_plans set ended_on = now()", "payment_plan_ended_on"),
        ("update payment_schedules set amount = 0", "payment_schedule_amount_positive"),
        ("update payment_schedules set number = 1", "payment_schedule_number"),
        ("update payment_schedule_items set amount = -1", "payment_schedule_item_amount_positive"),
        ("update customer_payments set transaction_id = 'TXN_abc'", "customer_payment_transaction_form"),
        (
            "update customer_payments set status = 'completed' where mode = 'emi'",
            "customer_payment_completed_has_payment",
        ),
        ("update customer_payments set finished_on = null", "customer_payment_finished_on"),
        ("update customer_payment_items set amount = 0", "customer_payment_item_amount_positive"),
        ("update gateway_charges set amount = 0", "gateway_charge_amount_positive"),
        ("update gateway_charges set state = 'settled'", "gateway_charge_finished_at"),
        (
            "update gateway_charges set state = 'settled', finished_at = now()",
            "gateway_charge_settled_amount",
        ),
        ("update gateway_endpoints set url = 'http://x'", "gateway_endpoint_url"),
    ],
)
def test_refuses(lived: RenewalCase, statement: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), owners_hand():
        connection.cursor().execute(statement)


def test_refuses_a_second_active_plan(lived: RenewalCase) -> None:
    with pytest.raises(IntegrityError, match="payment_plan_one_active"), transaction.atomic():
        PaymentPlan.objects.create(
            company_id=lived.company_id,
            renewal_case=lived,
            installment_count=2,
            frequency="weekly",
            start_date=date(2024, 12, 1),
            method="upi",
            total_amount=Decimal("1.00"),
            made_on=date(2024, 11, 15),
        )


def test_refuses_a_row_in_two_payments_on_their_way(lived: RenewalCase) -> None:
    first = CustomerPaymentItem.objects.filter(is_open=True).first()
    assert first is not None

    with pytest.raises(IntegrityError, match="customer_payment_item_one_open"), transaction.atomic():
        CustomerPaymentItem.objects.create(
            company_id=lived.company_id,
            customer_payment=first.customer_payment,
            place=99,
            row_id=first.row_id,
            obligation_id=first.obligation_id,
            amount=first.amount,
            is_open=True,
        )


def test_verifies_clean(lived: RenewalCase, manager: Actor) -> None:
    assert [(name, found) for name, check in verification.checks().items() for found in check(manager)] == []


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        (
            "update customer_installments set amount = amount + 1",
            "premium installments and their obligations agree",
        ),
        ("update payment_plans set total_amount = 1", "payment plans cover what they say"),
        ("update payment_schedule_items set amount = amount + 1", "payment plans cover what they say"),
        (
            "update payment_schedule_items set amount = 90000",
            "active plans cover no more than was owed",
        ),
        (
            "update customer_payments set amount = amount + 1",
            "customer payments agree with their rows and payments",
        ),
        (
            "update customer_payment_items set is_open = true",
            "customer payments agree with their rows and payments",
        ),
    ],
)
def test_verification_finds(lived: RenewalCase, manager: Actor, statement: str, check: str) -> None:
    with owners_hand(), connection.cursor() as cursor:
        cursor.execute(statement)

    differences: list[Any] = list(verification.checks()[check](manager))

    assert differences
