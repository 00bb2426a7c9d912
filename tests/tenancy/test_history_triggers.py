"""The history is kept by triggers that nobody but the owner can switch off, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from batconnect.core.database.constraints import OwnersColumns, WrittenByTriggers
from batconnect.core.database.history import history_of
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import CompanySettings, Membership, User
from batconnect.directory.models import Customer
from tests.cast import NORTH
from tests.databases import owners_hand


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return list(cursor.fetchall())


def histories() -> list[Any]:
    return [
        model
        for model in apps.get_models()
        if any(isinstance(rule, WrittenByTriggers) for rule in model._meta.constraints)
    ]


def test_no_trigger_knows_how_to_be_ignored(db: None) -> None:
    """pgtrigger's functions begin by asking a variable whether they should run."""
    functions = rows(
        "select proname from pg_proc where prosrc ilike '%%pgtrigger%%' or proname ilike 'pgtrigger%%'"
    )

    assert [name for (name,) in functions if name != "_pgtrigger_should_ignore"] == []
    assert rows("select tgname from pg_trigger where tgname like 'pgtrigger%%'") == []


@pytest.mark.parametrize(
    "value", ["{core_companysettings:*}", "{company_settings:company_settings_history_kept}", "*"]
)
def test_the_variable_of_pgtrigger_hides_nothing(administrator: Actor, value: str) -> None:
    settings = CompanySettings.objects.get(company_id=NORTH)
    before = len(history_of(settings))

    rows("select set_config('pgtrigger.ignore', %s, true)", value)
    CompanySettings.objects.filter(company_id=NORTH).update(back_dating_days=77)

    assert len(history_of(settings)) == before + 1
    assert history_of(settings)[0].fields[0].after == "77"


def test_an_addition_a_change_and_a_removal_are_told_with_who(manager: Actor) -> None:
    customer = Customer.objects.create(company_id=NORTH, name="Ann")
    Customer.objects.filter(pk=customer.pk).update(name="Anne")
    Customer.objects.filter(pk=customer.pk).update(name="Anne")

    assert [(each.what, each.who) for each in history_of(customer)] == [
        ("changed", "manager"),
        ("added", "manager"),
    ]


def test_every_tracked_table_has_its_trigger(db: None) -> None:
    """The kind: a history without the trigger that fills it would be empty forever."""
    assert len(histories()) >= 9
    for history in histories():
        table = history.pgh_tracked_model._meta.db_table
        ((source,),) = rows(
            "select p.prosrc from pg_trigger t join pg_proc p on p.oid = t.tgfoid "
            "where t.tgrelid = %s::regclass and t.tgname like '%%_history_kept' and t.tgenabled = 'O'",
            table,
        )
        columns = {field.column for field in history._meta.local_fields} - {"pgh_id"}
        assert all(f'"{column}"' in source or f" {column}" in source for column in columns), table


def test_nobody_writes_into_a_history_by_hand(manager: Actor) -> None:
    customer = Customer.objects.create(company_id=NORTH, name="Ann")

    for history in histories():
        statement = (
            f'insert into "{history._meta.db_table}" (company_id, pgh_obj_id, pgh_created_at, pgh_label) '
            "values (%s, null, now(), 'insert')"
        )
        with pytest.raises(ProgrammingError, match="written by triggers alone"), transaction.atomic():
            rows(statement, NORTH)
    assert len(history_of(customer)) == 1


def test_the_role_makes_no_superuser(db: None) -> None:
    with (
        pytest.raises(ProgrammingError, match="only the owner of users writes such a row"),
        transaction.atomic(),
    ):
        User.objects.create(username="mallory", is_superuser=True)
    for column, value in (
        ("is_superuser", True),
        ("is_staff", False),
        ("username", "x"),
        ("home_company_id", NORTH),
    ):
        with pytest.raises(ProgrammingError, match="only the owner of users"), transaction.atomic():
            User.objects.filter(username="cashier").update(**{column: value})
    user = User.objects.get(username="cashier")
    assert (user.is_superuser, user.is_staff, user.home_company_id) == (False, True, None)


def test_whole_rows_are_written_as_before(db: None) -> None:
    user = User.objects.get(username="cashier")
    user.first_name = "Maria"
    user.save()

    assert User.objects.get(username="cashier").first_name == "Maria"


def test_a_superuser_signs_in_like_everybody(db: None) -> None:
    """What is guarded is the change: a row that has the mark already is written as any other."""
    with owners_hand():
        User.objects.filter(username="cashier").update(is_superuser=True)

    user = User.objects.get(username="cashier")
    user.last_login = timezone.now()
    user.save()

    assert User.objects.get(username="cashier").last_login == user.last_login


def test_every_guarded_column_is_refused(db: None) -> None:
    """The kind: each declared guard is in the database, for each of its columns."""
    guards = [
        (rule.table_of(model), rule)
        for model in apps.get_models()
        for rule in model._meta.constraints
        if isinstance(rule, OwnersColumns)
    ]

    assert {table for table, _ in guards} >= {
        "users",
        "otp_static_staticdevice",
        "django_celery_beat_periodictask",
    }
    for table, rule in guards:
        ((source,),) = rows(
            "select p.prosrc from pg_trigger t join pg_proc p on p.oid = t.tgfoid "
            "where t.tgrelid = %s::regclass and t.tgname = %s and t.tgenabled = 'O'",
            table,
            rule.name,
        )
        assert all(f"old.{column} is distinct from new.{column}" in source for column in rule.columns), table


def test_a_schedules_code_never_changes(db: None) -> None:
    from django_celery_beat.models import PeriodicTask

    task = PeriodicTask.objects.order_by("pk").first()
    assert task is not None
    changes = {
        "task": "os.system",
        "args": "[1]",
        "kwargs": '{"a": 1}',
        "headers": '{"a": 1}',
        "one_off": True,
    }
    for column, value in changes.items():
        with pytest.raises(ProgrammingError, match="only the owner"), transaction.atomic():
            PeriodicTask.objects.filter(pk=task.pk).update(**{column: value})

    task.enabled, task.total_run_count = False, 7
    task.save()

    task.refresh_from_db()
    assert (task.enabled, task.total_run_count) == (False, 7)


def test_a_membership_is_never_moved(administrator: Actor) -> None:
    place = Membership.objects.get(user__username="cashier")

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Membership.objects.filter(pk=place.pk).update(user_id=administrator.user_id)
    place.refresh_from_db()
    assert place.user.username == "cashier"
