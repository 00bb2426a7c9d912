"""The flow tables follow the declarations, whenever and as often as they are synchronized."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from batconnect.core.database.roles import as_owner
from cases import registry, services
from cases.errors import StepFormUnavailable, UnknownStep
from cases.flow import MANAGED, Step, StepGroup, Transition
from cases.models import CaseState, CaseStep, CaseStepConfig, CaseStepConfigPath, CaseTransition, CaseType
from cases.states import State
from cases.sync import synchronize_flows
from tests.bpm_flows.inspection.flows import Inspection, archive, note_report
from tests.cast import acting

TABLES = [CaseType, CaseStep, CaseStepConfig, CaseStepConfigPath, CaseState, CaseTransition]
pytestmark = pytest.mark.django_db(transaction=True)


class Shorter(Inspection):
    """The same type as a later release might declare it."""

    steps = (
        StepGroup(
            "Report",
            (Step("TSTINS-001", "Report anew", submit=note_report, groups=frozenset({"Auditor"})),),
        ),
        StepGroup("Put away", (Step("TSTINS-009", "Put away", submit=archive),)),
    )
    transitions = (
        Transition("TSTINS-001", State.OPEN, State.IN_PROGRESS),
        Transition("TSTINS-009", State.IN_PROGRESS, State.CLOSED),
        *MANAGED,
    )


@pytest.fixture
def rows() -> Any:
    return lambda: [list(model.objects.order_by("pk").values()) for model in TABLES]


def test_doing_it_again_changes_nothing(rows: Any) -> None:
    before = rows()

    call_command("sync_flows", verbosity=0)
    call_command("sync_flows", verbosity=0)

    assert rows() == before


def test_what_is_no_longer_declared_is_retired_and_kept() -> None:
    registry.register(Shorter)

    with as_owner():
        synchronize_flows()

    assert not CaseStepConfig.objects.get(step_id="TSTINS-002").is_active
    assert not CaseStep.objects.get(case_type__code="TSTINS", name="Decide").is_active
    renamed = CaseStepConfig.objects.get(step_id="TSTINS-001")
    assert (renamed.name, renamed.groups, renamed.sla) == ("Report anew", ["Auditor"], None)
    paths = CaseStepConfigPath.objects.filter(case_step_config=renamed)
    assert {(path.path, path.is_active) for path in paths} == {
        ("inspection/schemas/report.json", False),
        ("", True),
    }
    gone = CaseTransition.objects.get(case_type__code="TSTINS", trigger="TSTINS-002", from_state="Open")
    assert not gone.is_active
    with acting("manager") as actor:
        case_no = services.create_case(actor=actor, case_type="TSTINS").case.case_no
        with pytest.raises(UnknownStep):
            services.submit_step(actor=actor, case_no=case_no, step_id="TSTINS-002", data={})


def test_a_type_that_no_app_declares_is_retired() -> None:
    registry.unregister("TSTIMP")

    with as_owner():
        synchronize_flows()

    assert not CaseType.objects.get(code="TSTIMP").is_active


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("update", "inactive"),
        ("delete", "no schema path"),
        ("move", "there is no inspection/schemas/moved.json"),
        ("escape", "leaves bpm_flows"),
    ],
)
def test_a_form_that_is_not_there_is_said_with_the_steps_name(change: str, says: str) -> None:
    with as_owner():
        paths = CaseStepConfigPath.objects.filter(case_step_config__step_id="TSTINS-001")
        match change:
            case "update":
                paths.update(is_active=False)
            case "delete":
                paths.delete()
            case "move":
                paths.update(path="inspection/schemas/moved.json")
            case "escape":
                paths.update(path="../../pyproject.toml")
    with acting("cashier") as actor:
        case_no = services.create_case(actor=actor, case_type="TSTINS").case.case_no

        with pytest.raises(StepFormUnavailable, match=f"TSTINS-001 .*{says}"):
            services.submit_step(actor=actor, case_no=case_no, step_id="TSTINS-001", data={"vehicle": "A"})


def test_who_may_take_a_step_is_the_declared_groups() -> None:
    groups = {
        row.step_id: set(row.groups) for row in CaseStepConfig.objects.filter(step_id__startswith="TST")
    }

    assert groups["TSTINS-002"] == {"Finance manager"}
    assert groups["TSTINS-001"] == {"Cashier", "Finance manager"}
