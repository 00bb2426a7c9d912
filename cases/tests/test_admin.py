"""The console's buttons on a case: hold, release, reassign, cancel, with a reason and the permission."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from cases.models import Case, CaseEvent
from cases.services import create_case
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

REASON = "The driver asked to wait."


@pytest.fixture
def case(manager: Actor) -> Case:
    """An open case of north."""
    number = create_case(actor=manager, case_type="INTPAY").case.case_no
    return Case.objects.get(case_no=number)


def press(case: Case, action: str, **values: str) -> tuple[Any, dict[str, str], Any]:
    """The manager fills in the form and confirms: the confirmation page, what was sent, the page after it."""
    client, path = browser("manager"), reverse(f"admin:cases_case_{action}", args=[case.pk])
    page = client.post(path, {"reason": REASON, **values})
    sent = {"reason": REASON, **values, **seen_on(page)}
    return page, sent, client.post(path, sent, follow=True)


def test_holds_and_releases_to_the_state_before(case: Case) -> None:
    page, _, done = press(case, "hold")
    case.refresh_from_db()
    held = case.state
    press(case, "release")

    case.refresh_from_db()
    assert page.context["preview"].rows == (("status", "Open", "On Hold"),)
    assert f"{case.case_no}: On Hold." in done.content.decode()
    assert (held, case.state) == ("On Hold", "Open")
    assert list(CaseEvent.objects.filter(case=case.pk).order_by("id").values_list("kind", "reason"))[1:] == [
        ("hold", REASON),
        ("release", REASON),
    ]


def test_cancels_for_good(case: Case) -> None:
    press(case, "cancel")

    case.refresh_from_db()
    page = browser("manager").get(reverse("admin:cases_case_change", args=[case.pk])).content.decode()
    assert case.state == "Cancelled"
    assert reverse("admin:cases_case_hold", args=[case.pk]) not in page


def test_reassigns_to_who_may_take_the_step(case: Case) -> None:
    page, sent, _ = press(case, "reassign", username="cashier")
    with assert_nothing_written():
        again = browser("manager").post(
            reverse("admin:cases_case_reassign", args=[case.pk]), sent, follow=True
        )

    case.refresh_from_db()
    assert page.context["preview"].rows[0][0] == "assigned to"
    assert case.assigned_to is not None
    assert case.assigned_to.username == "cashier"
    assert "Something has changed since the preview" in again.content.decode()


def test_refuses_somebody_who_may_not_take_the_step(case: Case) -> None:
    path = reverse("admin:cases_case_reassign", args=[case.pk])

    with assert_nothing_written():
        page = browser("manager").post(path, {"reason": REASON, "username": "auditor"})

    assert "auditor is not one of the available choices" in page.content.decode()


def test_a_second_click_is_told_that_the_case_moved(case: Case) -> None:
    _, sent, _ = press(case, "hold")

    with assert_nothing_written():
        again = browser("manager").post(reverse("admin:cases_case_hold", args=[case.pk]), sent, follow=True)

    assert "is On Hold: it cannot be put on hold." in again.content.decode()


def test_refuses_a_reason_of_two_letters(case: Case) -> None:
    with assert_nothing_written():
        page = browser("manager").post(reverse("admin:cases_case_hold", args=[case.pk]), {"reason": "no"})

    assert "at least 3 characters" in page.content.decode()


def test_shows_the_buttons_that_the_state_allows(case: Case) -> None:
    page = reverse("admin:cases_case_change", args=[case.pk])

    theirs = browser("manager").get(page).content.decode()
    auditors = browser("auditor").get(page).content.decode()

    shown = {
        action
        for action in ("hold", "release", "reassign", "cancel")
        if reverse(f"admin:cases_case_{action}", args=[case.pk]) in theirs
    }
    assert shown == {"hold", "reassign", "cancel"}
    assert "/hold/" not in auditors


@pytest.mark.parametrize("action", ["hold", "release", "reassign", "cancel"])
@pytest.mark.parametrize(("username", "code"), [("auditor", 403), ("cashier", 403), ("outsider", 404)])
def test_refuses_without_the_right(case: Case, username: str, code: int, action: str) -> None:
    path = reverse(f"admin:cases_case_{action}", args=[case.pk])

    with assert_nothing_written():
        answer = browser(username).post(path, {"reason": REASON, "seen": "0" * 64})

    assert answer.status_code == code


def test_a_cashier_cancels_her_own_case_and_sees_no_other_button(case: Case, cashier: Actor) -> None:
    cashiers_case = create_case(actor=cashier, case_type="INTPAY").case
    client = browser("cashier")
    path = reverse("admin:cases_case_cancel", args=[cashiers_case.pk])

    pages = {
        each.pk: client.get(reverse("admin:cases_case_change", args=[each.pk])).content.decode()
        for each in (cashiers_case, case)
    }
    sent = {"reason": REASON, **seen_on(client.post(path, {"reason": REASON}))}
    client.post(path, sent, follow=True)

    cashiers_case.refresh_from_db()
    assert cashiers_case.state == "Cancelled"
    assert path in pages[cashiers_case.pk]
    assert reverse("admin:cases_case_hold", args=[cashiers_case.pk]) not in pages[cashiers_case.pk]
    assert reverse("admin:cases_case_cancel", args=[case.pk]) not in pages[case.pk]
