"""What INTPAY-002 lists as payable is what it takes: every listed debt is tried."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Lease, LeaseDriver
from payments.tests.builders import Debtor, make_jane_roe, owe
from tests.cast import StaffClient
from tests.digest import assert_nothing_written


@pytest.fixture
def janes_lease(john: Debtor, manager: Actor) -> Lease:
    """Jane's lease, on which John owes a violation too."""
    jane = make_jane_roe(manager)
    owe(manager, Debtor(john.customer, john.driver, jane.lease), ("PVB", "PVB-JANE", "50.00", "2024-12-01"))
    return jane.lease


def listed(api: StaffClient, case_no: str) -> dict[str, dict[str, Any]]:
    obligations = api.get(f"/bpm/case/{case_no}/INTPAY-002?driver_id=101").json()["obligations"]
    return {each["reference_id"]: each for each in obligations}


def drive(manager: Actor, john: Debtor, lease: Lease, role: str, **times: Any) -> None:
    LeaseDriver.objects.create(
        company_id=manager.company_id, lease=lease, driver=john.driver, role=role, **times
    )


def leave(manager: Actor, john: Debtor) -> None:
    LeaseDriver.objects.filter(lease=john.lease).update(until_on=today(manager.company) - timedelta(days=1))


def test_taxes_and_debts_of_other_leases_are_not(
    john: Debtor, janes_lease: Lease, api: StaffClient, case_no: str
) -> None:
    obligations = listed(api, case_no)

    assert {key: each["not_payable_reason"] for key, each in obligations.items() if not each["payable"]} == {
        "TAX-2024-10": "taxes",
        "PVB-JANE": "other_lease",
    }
    assert all(bool(each["not_payable_hint"]) is not each["payable"] for each in obligations.values())


def test_an_additional_driver_pays_own_debts_on_the_lease(
    john: Debtor, janes_lease: Lease, api: StaffClient, case_no: str, manager: Actor
) -> None:
    drive(manager, john, janes_lease, "Additional", from_on="2024-01-01")

    assert listed(api, case_no)["PVB-JANE"]["payable"]


def test_a_former_driver_pays_for_none(
    john: Debtor, janes_lease: Lease, api: StaffClient, case_no: str, manager: Actor
) -> None:
    leave(manager, john)

    obligations = listed(api, case_no)

    assert not any(each["payable"] for each in obligations.values())
    assert obligations["MED-102-LS-08"]["not_payable_reason"] == "former_driver"


def test_a_terminated_lease_is_paid_no_more(
    john: Debtor, api: StaffClient, case_no: str, manager: Actor
) -> None:
    Lease.objects.filter(pk=john.lease.pk).update(status=Lease.Status.ENDED, ended_on=today(manager.company))

    assert {each["not_payable_reason"] for each in listed(api, case_no).values()} == {
        "taxes",
        "former_driver",
    }


@pytest.mark.parametrize("situation", ["other lease", "additional", "primary on both", "former"])
def test_the_step_takes_exactly_what_is_payable(
    john: Debtor, janes_lease: Lease, api: StaffClient, submit: Any, manager: Actor, situation: str
) -> None:
    if situation == "additional":
        drive(manager, john, janes_lease, "Additional", from_on="2024-01-01")
    elif situation == "primary on both":
        LeaseDriver.objects.filter(lease=janes_lease).update(
            until_on=today(manager.company) - timedelta(days=1)
        )
        drive(manager, john, janes_lease, "Primary", from_on=today(manager.company))
    elif situation == "former":
        leave(manager, john)

    def open_case() -> str:
        number: str = api.post("/bpm/case", {"case_type": "INTPAY"}).json()["case_no"]
        return number

    for each in listed(api, open_case()).values():
        case_no = open_case()
        line = {"category": each["category"], "reference_id": each["reference_id"], "amount": Decimal("1.00")}
        payment = {"lease_id": each["lease_id_pk"], "total_amount": Decimal("1.00"), "allocations": [line]}
        if each["payable"]:
            assert submit(to=case_no, **payment).status_code == 200, each
        else:
            with assert_nothing_written():
                assert submit(to=case_no, **payment).status_code == 400, each
