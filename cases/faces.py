"""What the pages of workflows, their steps and a company's own rules for them show first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from batconnect.core.console.faces import MAX_ROWS, Card, Face, Part, Section, Stamp, Table, stamped
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import describe_code
from cases import registry
from cases.drawing import draw_flow
from cases.forms import form
from cases.models import CaseStepConfig, CaseStepOverride, CaseType


def describe_limit(limit: timedelta | None) -> str:
    """How long a case may wait at a step: `4 hours`, `2 days`; none is said in words."""
    if not limit:
        return "No limit"
    hours, rest = divmod(int(limit.total_seconds()), 3600)
    if rest:
        return f"{int(limit.total_seconds()) // 60:,} minutes"
    count, unit = (hours // 24, "day") if not hours % 24 else (hours, "hour")
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def describe_operation(step: CaseStepConfig) -> str:
    """What the step does, in words."""
    return "Shows what there is" if step.operation == "fetch" else "Takes what is typed"


def _type_card(actor: Actor, row: CaseType) -> Card:
    return Card(
        kind="Workflow",
        number=row.name,
        status="In use" if row.is_active else "No longer in use",
        tone="good" if row.is_active else "",
        facts=(
            ("Case numbers begin with", row.prefix),
            ("People open such cases", row.is_creatable),
        ),
    )


def _type_sections(actor: Actor, row: CaseType) -> Iterator[Section]:
    flow = registry.find(row.code)
    if flow is not None:
        yield Part(template="admin/faces/flow.html", context={"diagram": draw_flow(flow)})
    steps = CaseStepConfig.objects.filter(case_step__case_type=row.pk, is_active=True)
    yield Table(
        title="Its steps, in order",
        columns=("Step", "Part of", "Taken by", "May wait"),
        rows=[
            (each, each.case_step.name, ", ".join(each.groups), describe_limit(each.sla))
            for each in steps.select_related("case_step").order_by("case_step__position", "position")[
                : MAX_ROWS + 1
            ]
        ],
        empty="No app declares this workflow any more.",
    )


def _step_card(actor: Actor, row: CaseStepConfig) -> Card:
    return Card(
        kind="Step of a workflow",
        number=row.name,
        status="In use" if row.is_active else "No longer in use",
        tone="good" if row.is_active else "",
        since=row.created_on,
        facts=(
            ("Number", row.step_id),
            ("Belongs to", f"{row.case_step.case_type.name}, {row.case_step.name}"),
            ("What it does", describe_operation(row)),
            ("Taken by", ", ".join(row.groups) or "Nobody"),
            ("May wait", describe_limit(row.sla)),
        ),
    )


def _step_sections(actor: Actor, row: CaseStepConfig) -> Iterator[Section]:
    flow = registry.find(row.case_step.case_type.code)
    step = flow.step(row.step_id) if flow else None
    if flow is None or step is None or step.operation == "fetch":
        return
    schema = form(flow.forms_folder() / step.schema) if step.schema else {}
    needed = frozenset(schema.get("required", ()))
    yield Table(
        title="What it asks for",
        columns=("Answer", "Needed", "What it is"),
        rows=[
            (describe_code(name), "Yes" if name in needed else "No", asked.get("description", ""))
            for name, asked in schema.get("properties", {}).items()
        ],
        empty="Nothing: it is taken without any answer.",
    )


def _override_card(actor: Actor, row: CaseStepOverride) -> Card:
    step = row.case_step_config
    own = "As declared" if row.groups is None else ", ".join(row.groups) or "Nobody"
    return Card(
        kind="Own rule for a step",
        number=step.name,
        status="In force",
        tone="good",
        facts=(
            ("Step", step),
            ("Taken by", own),
            ("May wait", "As declared" if row.sla is None else describe_limit(row.sla)),
            ("Declared for", ", ".join(step.groups)),
            ("Declared limit", describe_limit(step.sla)),
        ),
    )


TYPE_FACE: Final = Face(card=_type_card, sections=_type_sections)
STEP_FACE: Final = Face(card=_step_card, sections=_step_sections)
OVERRIDE_FACE: Final = Face(card=_override_card)
stamped(CaseStepConfig, Stamp("created_on", "Declared"))
