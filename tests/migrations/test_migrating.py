"""Which models `migrate` builds anew between operations changes nothing that reaches the database."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from django.db import connection, migrations, models, transaction
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState
from django.db.models import CASCADE
from django.test.utils import CaptureQueriesContext

from batconnect.core.database.migrating import only_changed_models_rendered
from batconnect.core.database.roles import as_owner

pytestmark = pytest.mark.django_db(transaction=True)


def key(to: str, **options: Any) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(to, on_delete=CASCADE, **options)


def numbered() -> tuple[str, models.Field[Any, Any]]:
    return "id", models.AutoField(primary_key=True)


SEEN: list[list[str]] = []


def look(registry: Any, _: object) -> None:
    """Code of a migration asks for what a model has, and what those have that it points at."""
    for model in registry.get_app_config("trial").get_models():
        parts = (*model._meta.get_fields(), *model._meta.constraints, *model._meta.indexes)
        SEEN.append(sorted(f"{model.__name__}.{each.name}" for each in parts))
        for each in model._meta.get_fields():
            if each.related_model:
                others = each.related_model._meta.get_fields()
                SEEN.append(sorted(f"{model.__name__}.{each.name}.{other.name}" for other in others))


def operations() -> list[Any]:
    """Each kind of operation, on models that others point at, from which others are built, or that stand alone."""
    return [
        migrations.CreateModel("Hub", [numbered(), ("code", models.CharField(max_length=9, unique=True))]),
        migrations.CreateModel(
            "Spoke", [numbered(), ("hub", key("trial.Hub")), ("above", key("self", null=True))]
        ),
        migrations.CreateModel("Tag", [numbered(), ("spokes", models.ManyToManyField("trial.Spoke"))]),
        migrations.CreateModel(
            "Rim",
            [("hub_ptr", models.OneToOneField("trial.Hub", CASCADE, parent_link=True, primary_key=True))],
            bases=("trial.hub",),
        ),
        migrations.CreateModel("Alias", [], options={"proxy": True}, bases=("trial.tag",)),
        migrations.AddField("Tag", "word", models.CharField(max_length=9, default="")),
        migrations.CreateModel("Note", [numbered(), ("text", models.TextField())]),
        migrations.AddField(
            "Note", "code", key("trial.Hub", to_field="code", null=True, related_name="notes")
        ),
        migrations.AddField("Hub", "spoke", key("trial.Spoke", null=True, related_name="+")),
        migrations.AddField("Hub", "size", models.IntegerField(default=1)),
        migrations.AddField("Note", "tags", models.ManyToManyField("trial.Tag")),
        migrations.AddConstraint(
            "Note", models.UniqueConstraint(fields=["code", "text"], name="trial_note_once")
        ),
        migrations.AddIndex("Spoke", models.Index(fields=["hub", "above"], name="trial_spokes")),
        migrations.AddConstraint(
            "Hub", models.CheckConstraint(condition=models.Q(size__gt=0), name="trial_size")
        ),
        migrations.RunPython(look),
        migrations.AlterField("Hub", "id", models.BigAutoField(primary_key=True)),
        migrations.AlterField("Hub", "code", models.CharField(max_length=20, unique=True)),
        migrations.RenameField("Hub", "code", "name"),
        migrations.AlterField("Hub", "size", models.BigIntegerField(default=2, db_index=True)),
        migrations.AlterField("Note", "text", models.CharField(max_length=50)),
        migrations.RunPython(look),
        migrations.RenameModel("Spoke", "Wire"),
        migrations.AddConstraint("Wire", models.UniqueConstraint(fields=["hub"], name="trial_wire_once")),
        migrations.RenameIndex("Wire", new_name="trial_wires", old_name="trial_spokes"),
        migrations.AlterModelTable("Hub", "trial_center"),
        migrations.AddField("Wire", "other", key("trial.Hub", null=True, related_name="others")),
        migrations.AlterField(
            "Wire", "other", models.OneToOneField("trial.Hub", CASCADE, null=True, related_name="others")
        ),
        migrations.RunPython(look),
        migrations.RemoveField("Wire", "above"),
        migrations.RemoveConstraint("Hub", "trial_size"),
        migrations.RemoveField("Note", "code"),
        migrations.AlterField("Wire", "id", models.BigAutoField(primary_key=True)),
        migrations.DeleteModel("Note"),
        migrations.AlterUniqueTogether("Tag", {("id",)}),
        migrations.AlterModelOptions("Tag", {"verbose_name": "label"}),
        migrations.RemoveIndex("Wire", "trial_wires"),
        migrations.RunPython(look),
    ]


def statements(rendering: AbstractContextManager[None]) -> list[list[str]]:
    """What each operation sends to the database, which is left as it was. Tables that it changes have no order."""
    state, sent = ProjectState(), []
    SEEN.clear()
    with as_owner(), rendering, transaction.atomic():
        _ = state.apps
        for operation in operations():
            migration: Any = Migration("0001_trial", "trial")
            migration.operations = [operation]
            with CaptureQueriesContext(connection) as captured, connection.schema_editor() as editor:
                state = migration.apply(state, editor)
            sent.append(
                sorted(each["sql"] for each in captured.captured_queries if "SAVEPOINT" not in each["sql"])
            )
        transaction.set_rollback(True)
    return sent


def test_no_statement_differs_from_those_with_all_models_built() -> None:
    expected, expected_seen = statements(nullcontext()), sorted(SEEN)

    found, found_seen = statements(only_changed_models_rendered()), sorted(SEEN)

    for operation, plain, lazy in zip(operations(), expected, found, strict=True):
        assert lazy == plain, operation.describe()
    assert found_seen == expected_seen
    assert sum(map(len, found)) > 60
