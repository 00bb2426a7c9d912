"""What a company decides for itself about a step: its groups and its time limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from cases import services
from cases.errors import NoStepAccess
from cases.models import Case, CaseStepConfig, CaseStepOverride
from cases.tests.conftest import WHOLE
from tests.cast import acting
from tests.console import browser

NOW = datetime(2031, 5, 5, 12, 0, tzinfo=UTC)


def _decide(actor: Actor, step_id: str, **values: object) -> CaseStepOverride:
    step = CaseStepConfig.objects.get(step_id=step_id)
    override: CaseStepOverride = CaseStepOverride.objects.create(
        company_id=actor.company_id, case_step_config=step, **values
    )
    return override


def test_own_groups_replace_the_default_ones(cashier: Actor, manager: Actor, inspection: Case) -> None:
    _decide(manager, "TSTINS-002", groups=["Cashier"])

    with pytest.raises(NoStepAccess, match="is for Cashier"):
        services.submit_step(
            actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", data=dict(WHOLE)
        )
    services.submit_step(actor=cashier, case_no=inspection.case_no, step_id="TSTINS-002", data=dict(WHOLE))

    assert Case.objects.get(id=inspection.id).state == "Closed"


def test_an_empty_list_of_groups_closes_the_step_to_all(manager: Actor, inspection: Case) -> None:
    _decide(manager, "TSTINS-002", groups=[])

    with pytest.raises(NoStepAccess, match="for nobody"):
        services.fetch_step(actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", params={})


@pytest.mark.parametrize(
    ("limit", "due"),
    [(timedelta(hours=2), NOW + timedelta(hours=2)), (timedelta(0), None), (None, NOW + timedelta(hours=4))],
)
def test_the_companys_time_limit_counts_from_the_first_step(
    manager: Actor, limit: timedelta | None, due: datetime | None
) -> None:
    _decide(manager, "TSTINS-001", sla=limit)

    with time_machine.travel(NOW, tick=False):
        case = services.create_case(actor=manager, case_type="TSTINS").case

    assert Case.objects.get(id=case.id).action_due_on == due


@pytest.mark.parametrize(
    ("limit", "due"),
    [(timedelta(hours=2), NOW + timedelta(hours=2)), (timedelta(0), None), (None, NOW + timedelta(days=1))],
)
def test_the_companys_time_limit_counts_for_the_step_that_follows(
    manager: Actor, inspection: Case, limit: timedelta | None, due: datetime | None
) -> None:
    _decide(manager, "TSTINS-002", sla=limit)

    with time_machine.travel(NOW, tick=False):
        services.submit_step(
            actor=manager, case_no=inspection.case_no, step_id="TSTINS-001", data={"vehicle": "A"}
        )

    assert Case.objects.get(id=inspection.id).action_due_on == due


def test_one_companys_decision_is_not_anothers(manager: Actor, outsider: Actor) -> None:
    with acting("manager") as north:
        _decide(north, "TSTINS-001", sla=timedelta(0))
    with acting("outsider") as south:
        case = services.create_case(actor=south, case_type="TSTINS").case

    assert case.action_due_on is not None


def test_every_change_of_it_is_kept(manager: Actor) -> None:
    override = _decide(manager, "TSTINS-001", sla=timedelta(hours=1))
    override.sla = timedelta(hours=3)
    override.save(update_fields=["sla"])

    assert [event.sla for event in override.history.order_by("pgh_id")] == [
        timedelta(hours=1),
        timedelta(hours=3),
    ]


def test_the_assignee_keeps_a_case_only_for_steps_they_may_take(manager: Actor) -> None:
    kept = services.create_case(actor=manager, case_type="TSTINS").case
    lost = services.create_case(actor=manager, case_type="TSTINS").case
    services.reassign_case(actor=manager, case_no=kept.case_no, reason="mine")
    services.reassign_case(actor=manager, case_no=lost.case_no, reason="hers", username="cashier")

    for case in (kept, lost):
        services.submit_step(actor=manager, case_no=case.case_no, step_id="TSTINS-001", data={"vehicle": "A"})

    assert Case.objects.get(id=kept.id).assigned_to_id == manager.user_id
    assert Case.objects.get(id=lost.id).assigned_to_id is None


def test_a_finished_case_still_says_whose_it_was(manager: Actor, inspection: Case) -> None:
    services.reassign_case(actor=manager, case_no=inspection.case_no, reason="mine")

    services.submit_step(actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", data=dict(WHOLE))

    assert Case.objects.get(id=inspection.id).assigned_to_id == manager.user_id


def test_its_page_says_the_limit_in_words_and_leads_only_where_the_reader_may_go(
    manager: Actor, inspection: Case
) -> None:
    override = _decide(manager, "TSTINS-002", sla=timedelta(hours=4))
    page = reverse("admin:cases_casestepoverride_change", args=[override.pk])
    step = reverse("admin:cases_casestepconfig_change", args=[override.case_step_config_id])

    listed, changed, shown = (
        browser(username).get(address).content.decode()
        for username, address in (
            ("administrator", reverse("admin:cases_casestepoverride_changelist")),
            ("administrator", page),
            ("manager", page),
        )
    )

    assert "4 hours" in listed
    assert "SLA" in changed
    assert "Sla" not in changed
    assert f'href="{step}"' not in changed
    assert f'href="{step}"' in shown
