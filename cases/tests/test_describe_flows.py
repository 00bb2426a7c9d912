"""The document and the drawing of flows; and what cannot be declared."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from batconnect.core.management.commands.generate_docs import PAGES
from cases import registry
from cases.drawing import describe_flows, draw_flow
from cases.flow import Step, StepGroup, Transition
from cases.models import CaseStepConfig
from cases.states import State
from tests.bpm_flows.inspection.flows import Imported, Inspection, archive


def test_the_document_draws_every_registered_flow() -> None:
    text = describe_flows()

    for flow in registry.flows():
        assert f"(`{flow.code}`)" in text
    assert '    state "In Progress" as InProgress' in text
    assert "    Open --> Closed: TSTINS-002" in text
    assert "| `TSTINS-002` | Open | Closed | the step's groups | the payload is whole | certificate |" in text
    assert "by import or console" in text


def test_the_committed_document_is_up_to_date() -> None:
    for flow in (Inspection, Imported):
        registry.unregister(flow.code)

    call_command("describe_flows", check=True)

    assert PAGES["flows.md"] == "cases.drawing.describe_flows"
    assert (settings.BASE_DIR / "docs" / "flows.md").read_text() == describe_flows()


def test_the_drawing_has_a_box_per_state_and_escapes_names() -> None:
    class Odd(Inspection):
        name = "<script>"

    drawn = draw_flow(Odd())

    assert drawn.count("<rect") == len(State)
    assert "<script>" not in drawn


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": ()},
        {"steps": (StepGroup("A", (Step("X", "x"), Step("X", "y"))),), "transitions": ()},
        {"transitions": (*Inspection.transitions, Transition("TSTINS-001", State.OPEN, State.CLOSED))},
        {"transitions": (Transition("TSTINS-001", State.OPEN, State.CLOSED),)},
        {"steps": (StepGroup("A", (Step("X", "x", submit=archive),)),), "transitions": ()},
    ],
)
def test_a_flow_that_cannot_work_is_refused_when_the_app_starts(wrong: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured, match="TSTINS"):
        type("Wrong", (Inspection,), wrong)()


def test_the_console_shows_a_case_with_its_timeline(
    client_of: Callable[..., Any], inspection: Any, client: Any
) -> None:
    from batconnect.core.models import User

    client.force_login(
        User.objects.get(username="auditor"), backend="django.contrib.auth.backends.ModelBackend"
    )

    listed = client.get("/admin/cases/case/")
    shown = client.get(f"/admin/cases/case/{inspection.id}/change/")

    assert listed.status_code == shown.status_code == 200
    assert inspection.case_no in listed.content.decode()
    assert "Created" in shown.content.decode()
    assert client.post(f"/admin/cases/case/{inspection.id}/change/", {"state": "Closed"}).status_code == 403
    assert client.get("/admin/cases/case/add/").status_code == 403


@pytest.mark.parametrize("page", ["casetype", "casestepconfig", "casestepoverride"])
def test_the_console_shows_the_flows(client: Any, inspection: Any, page: str) -> None:
    from batconnect.core.models import User
    from cases.models import CaseType

    client.force_login(
        User.objects.get(username="manager"), backend="django.contrib.auth.backends.ModelBackend"
    )

    assert client.get(f"/admin/cases/{page}/").status_code == 200
    if page == "casetype":
        pk = CaseType.objects.get(code="TSTINS").pk
        assert "<svg" in client.get(f"/admin/cases/casetype/{pk}/change/").content.decode()


def test_pages_of_steps_say_in_words_what_is_asked(client: Any, inspection: Any, manager: Any) -> None:
    from batconnect.core.models import User

    client.force_login(
        User.objects.get(username="manager"), backend="django.contrib.auth.backends.ModelBackend"
    )
    steps = list(CaseStepConfig.objects.filter(is_active=True))
    pages = {
        each: _shown(client.get(f"/admin/cases/casestepconfig/{each.pk}/change/").content.decode())
        for each in steps
    }
    listed = _shown(client.get("/admin/cases/casestepconfig/").content.decode())

    assert len(steps) > 5
    for step, page in pages.items():
        assert step.name in page
        assert re.findall(r"\w+/\S*\.json|\b(?:fetch|process)\b", page) == [], step
        assert ("What it asks for" in page) == (step.operation == "process")
    assert re.findall(r"\b(?:fetch|process)\b", listed) == []
    assert "Takes what is typed" in listed
    decide = next(page for step, page in pages.items() if step.step_id == "TSTINS-002")
    assert "Answer Needed What it is" in decide


def _shown(html: str) -> str:
    text = re.sub(r"<(script|style|head|details)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", text).split()))
