"""What the database refuses by itself, tried with raw SQL as the runtime role."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.utils import InternalError, ProgrammingError

from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from cases import services
from cases.models import Case, CaseEvent
from cases.states import FINAL_STATES, State
from cases.tests.conftest import WHOLE
from tests.bpm_flows.inspection.flows import Inspection
from tests.cast import SOUTH
from tests.databases import owners_hand


def _execute(statement: str, *values: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return int(cursor.rowcount)


def _set_state(case: Case, target: State, *, before: str) -> None:
    _execute(
        "update cases set state = %s, state_before_hold = %s, "
        "closed_at = case when %s::boolean then now() end where id = %s",
        target.value,
        before if target is State.ON_HOLD else "",
        target in FINAL_STATES,
        case.pk,
    )


def _bring_to(actor: Actor, case: Case, state: State) -> None:
    match state:
        case State.IN_PROGRESS:
            services.submit_step(
                actor=actor, case_no=case.case_no, step_id="TSTINS-001", data={"vehicle": "A"}
            )
        case State.ON_HOLD:
            services.hold_case(actor=actor, case_no=case.case_no, reason="waiting")
        case State.CLOSED:
            services.submit_step(actor=actor, case_no=case.case_no, step_id="TSTINS-002", data=dict(WHOLE))
        case State.CANCELLED:
            services.cancel_case(actor=actor, case_no=case.case_no, reason="mistake")
        case State.OPEN:
            pass


@pytest.mark.parametrize("target", list(State))
@pytest.mark.parametrize("source", list(State))
def test_the_state_changes_along_a_transition_only(
    manager: Actor, inspection: Case, source: State, target: State
) -> None:
    if source is target:
        return
    _bring_to(manager, inspection, source)
    legal = {(row.from_state, row.to_state) for row in Inspection.transitions}
    # The case was held while Open, so that only this release is open to it.
    legal.discard((State.ON_HOLD, State.IN_PROGRESS))

    if (source, target) in legal:
        _set_state(inspection, target, before=source.value)
        assert Case.objects.get(id=inspection.id).state == target.value
    else:
        with pytest.raises(IntegrityError, match="no transition from"):
            _set_state(inspection, target, before=source.value)
        assert Case.objects.get(id=inspection.id).state == source.value


def test_a_retired_transition_is_none(manager: Actor, inspection: Case) -> None:
    """An imported type has no way from Open to Closed, whatever another type may do."""
    case = services.open_case(actor=manager, case_type="TSTIMP").case

    with pytest.raises(IntegrityError, match="no transition from Open to Closed"):
        _set_state(case, State.CLOSED, before="")


@pytest.mark.parametrize("before", ["In Progress", ""])
def test_a_hold_remembers_the_state_it_came_from(inspection: Case, before: str) -> None:
    with pytest.raises(IntegrityError):
        _execute(
            "update cases set state = 'On Hold', state_before_hold = %s where id = %s", before, inspection.pk
        )


def test_a_case_begins_open(manager: Actor, inspection: Case) -> None:
    with pytest.raises(IntegrityError, match="begins Open"):
        _execute(
            "insert into cases (company_id, case_type_id, case_no, state, state_before_hold, state_changed_at, "
            "current_step, draft, subject, created_by_name, created_on, version, closed_at) "
            "select company_id, case_type_id, 'TSTINS000777', 'Closed', '', now(), '', '{}', '', 'x', now(), 1, now() "
            "from cases where id = %s",
            inspection.pk,
        )


@pytest.mark.parametrize(
    "change",
    [
        "case_no = 'TSTINS000999'",
        "case_type_id = (select id from case_types where code = 'TSTIMP')",
        "created_on = now() - interval '1 day'",
        f"company_id = '{SOUTH}'",
    ],
)
def test_a_case_keeps_type_number_and_beginning(inspection: Case, change: str) -> None:
    with pytest.raises(DatabaseError):
        _execute(f"update cases set {change} where id = %s", inspection.pk)


@pytest.mark.parametrize(
    "change", ["subject = 'changed'", 'draft = \'{"vehicle": "B"}\'', "assigned_to_id = 1", "version = 9"]
)
def test_a_closed_case_no_longer_changes(manager: Actor, inspection: Case, change: str) -> None:
    _bring_to(manager, inspection, State.CLOSED)

    with pytest.raises(IntegrityError, match="no longer changes"):
        _execute(f"update cases set {change} where id = %s", inspection.pk)


def test_a_case_cannot_be_deleted(inspection: Case) -> None:
    with pytest.raises(IntegrityError, match="kept forever"), owners_hand():
        _execute("delete from cases where id = %s", inspection.pk)


@pytest.mark.parametrize(
    "change",
    ["closed_at = now()", "state_before_hold = 'Open'", "state = 'Lost'"],
)
def test_state_and_its_companions_agree(inspection: Case, change: str) -> None:
    with pytest.raises(IntegrityError):
        _execute(f"update cases set {change} where id = %s", inspection.pk)


def test_a_number_is_given_once_in_a_company(manager: Actor, inspection: Case) -> None:
    with pytest.raises(IntegrityError, match="case_number"):
        _execute(
            "insert into cases (company_id, case_type_id, case_no, state, state_before_hold, state_changed_at, "
            "current_step, draft, subject, created_by_name, created_on, version) "
            "select company_id, case_type_id, case_no, 'Open', '', now(), '', '{}', '', 'x', now(), 1 "
            "from cases where id = %s",
            inspection.pk,
        )


@pytest.mark.parametrize("table", ["case_events", "case_entities"])
@pytest.mark.parametrize("statement", ["update {} set request_id = 'x'", "delete from {}", "truncate {}"])
def test_what_happened_is_never_changed(manager: Actor, inspection: Case, table: str, statement: str) -> None:
    _bring_to(manager, inspection, State.CLOSED)
    statement = statement.format(table).replace(
        "request_id", "request_id" if table == "case_events" else "entity"
    )

    with pytest.raises(ProgrammingError, match="permission denied"):
        _execute(statement)


@pytest.mark.parametrize(
    "table",
    [
        "case_types",
        "case_steps",
        "case_step_configs",
        "case_step_config_paths",
        "case_states",
        "case_transitions",
    ],
)
def test_flow_tables_are_read_only_at_runtime(db: None, table: str) -> None:
    for statement in (f"delete from {table}", f"insert into {table} default values"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            _execute(statement)


@pytest.mark.parametrize("table", ["cases", "case_events", "case_entities", "case_step_overrides"])
def test_without_a_company_there_are_no_rows(manager: Actor, inspection: Case, table: str) -> None:
    _bring_to(manager, inspection, State.CLOSED)
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.current_company_id', '', true)")
        cursor.execute(f"select count(*) from {table}")

        assert cursor.fetchone() == (0,)


def test_another_company_sees_and_changes_nothing(manager: Actor, inspection: Case) -> None:
    set_company(SOUTH, metadata={})

    assert not Case.objects.exists()
    assert not CaseEvent.objects.exists()
    assert _execute("update cases set subject = 'stolen'") == 0


@pytest.mark.parametrize("table", ["case_events", "case_entities"])
def test_rows_cannot_point_at_another_companys_case(manager: Actor, inspection: Case, table: str) -> None:
    set_company(SOUTH, metadata={})
    columns, values = (
        (
            "kind, step_id, trigger, from_state, to_state, actor, reason, payload, created, request_id",
            "'note', '', '', '', '', 'x', '', '{}', '[]', ''",
        )
        if table == "case_events"
        else ("entity, entity_id, url", "'x', '1', ''")
    )

    with pytest.raises(
        IntegrityError, match=f"{table[:-1] if table == 'case_events' else 'case_entity'}_case_key"
    ):
        _execute(
            f"insert into {table} (id, company_id, case_id, {columns}) values (%s, %s, %s, {values})",
            uuid4(),
            SOUTH,
            inspection.pk,
        )


def test_an_entity_is_created_by_one_case(manager: Actor, inspection: Case) -> None:
    _bring_to(manager, inspection, State.CLOSED)

    with pytest.raises(IntegrityError, match="case_entity_once"):
        _execute(
            "insert into case_entities (id, company_id, case_id, entity, entity_id, url) "
            "select %s, company_id, case_id, entity, entity_id, url from case_entities",
            uuid4(),
        )


@pytest.mark.parametrize("groups", ["{Cashier,Nobody}"])
def test_a_company_names_known_groups_only(manager: Actor, groups: str) -> None:
    with pytest.raises((IntegrityError, InternalError)):
        _execute(
            "insert into case_step_overrides (company_id, case_step_config_id, groups) "
            "select %s, id, %s::varchar[] from case_step_configs where step_id = 'TSTINS-001'",
            manager.company_id,
            groups,
        )
