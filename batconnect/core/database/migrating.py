"""What `migrate` does with the models between two operations: as little as the database can tell.

Django builds the classes of a model's neighbors anew after each operation. Every table here is a neighbor of the
company, so each of a thousand operations builds the classes of all tables, which is nearly all the time that
migrating takes. The statements for a table are made from its own class, though: of its neighbors they name the table
and the column that a key points at.
Rule: docs/contributing.md#migrations.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ProjectState


@contextmanager
def only_changed_models_rendered() -> Iterator[None]:
    """Inside, an operation builds the class of the one model that it changes, where that is enough.

    It is for a new model, a field that comes or goes, a field that no key points at, options, indexes and constraints.
    After everything else (a new name, a field that keys point at) all models are built anew, and so
    they are for code that a migration runs: it finds every relation.
    """
    one, many = ProjectState.reload_model, ProjectState.reload_models
    patched: Any = ProjectState
    patched.reload_model, patched.reload_models = _reload_model, _reload_models
    try:
        yield
    finally:
        patched.reload_model, patched.reload_models = one, many


def _reload_model(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
    if "apps" not in state.__dict__:
        return
    if not _is_enough(state, app_label, model_name, others_do_not_know=delay):
        _reload_models(state)
        return
    # Code of a migration has them all built anew then.
    state.is_delayed = True
    state.apps.unregister_model(app_label, model_name)
    state.apps.render_multiple([state.models[app_label, model_name]])


def _reload_models(state: ProjectState, models: Any = (), delay: bool = True) -> None:
    """Let the classes go: whoever asks first builds all of them."""
    state.__dict__.pop("apps", None)


def _is_enough(state: ProjectState, app_label: str, model_name: str, *, others_do_not_know: bool) -> bool:
    """Whether what changed since the model's class was built is seen in its own class alone."""
    model = state.apps.all_models[app_label].get(model_name)
    if model is None:
        return True
    fields = state.models[app_label, model_name].fields.keys()
    built = {field.name for field in (*model._meta.local_fields, *model._meta.local_many_to_many)}
    return others_do_not_know or built < fields or fields < built
