"""Asks for every page of the console and every reading call of the API once, on the database that is configured.

`SQL_INVENTORY=folder python -m tests.distributed.driver` records what that runs.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")
# Its own tests switch it on, as the limits of calls.
os.environ |= {"CONSOLE_SECOND_FACTOR": "false", "LOG_LEVEL": "ERROR"}


def main() -> None:
    import django

    django.setup()
    from tests.distributed import recording

    recording.begin()
    seen = Counter(_everything())
    print(f"Answers: {', '.join(f'{count} × {status}' for status, count in sorted(seen.items()))}.")  # noqa: T201
    print(f"{len(recording.recorder.statements)} distinct statements in {recording.recorder.write()}.")  # noqa: T201


def _everything() -> list[str]:
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    # Nothing is collected: pages name files as they are.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return [*_pages(), *_calls()]


def _pages() -> list[str]:
    from django.contrib import admin
    from django.test import Client
    from django.urls import reverse

    from batconnect.core.models import User
    from console.pages import registered_pages
    from tests.cast import acting

    answers = []
    client = Client(raise_request_exception=False, headers={"host": "localhost"})
    client.force_login(
        User.objects.get(username="manager"), backend="django.contrib.auth.backends.ModelBackend"
    )
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        answers.append(_ask(client, reverse(f"admin:{name}_changelist")))
        with acting("manager"):
            rows = list(model._default_manager.order_by("pk")[:2])
        answers += [_ask(client, reverse(f"admin:{name}_change", args=[row.pk])) for row in rows]
    for name, page in registered_pages().items():
        if "<" not in page.route:
            answers.append(_ask(client, reverse(f"admin:{name}")))
    return answers


def _calls() -> list[str]:
    from tests.access.endpoints import calls
    from tests.cast import StaffClient

    client = StaffClient(username="manager")
    return [_ask(client, call.path()) for call in calls() if call.method == "GET"]


def _ask(client: Any, path: str) -> str:
    response = client.get(path, secure=True)
    if response.status_code >= 500:
        print(f"{response.status_code} {path}")  # noqa: T201
    return str(response.status_code)


if __name__ == "__main__":
    main()
