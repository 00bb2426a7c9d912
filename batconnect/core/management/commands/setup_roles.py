"""Make the runtime role and give it exactly its rights; run after every migrate."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from batconnect.core.database.granting import find_open_privileges, grant_rights, revoke_public_privileges
from batconnect.core.database.roles import as_owner, make_role, set_role_limits
from batconnect.core.database.waits import OWNER_LIMITS, RUNTIME_LIMITS


class Command(BaseCommand):
    help = (
        "Make the runtime role of DATABASE_URL if it is missing, grant it its rights on every table, and set how long "
        "its statements, idle transactions and waits for locks may take."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        role = settings.RUNTIME_ROLE
        owner = unquote(urlsplit(settings.DATABASE_OWNER_URL).username or "")
        if role == owner:
            raise CommandError(
                "DATABASE_URL and DATABASE_OWNER_URL name the same role; the app's role must own nothing."
            )
        password = connection.settings_dict["PASSWORD"]
        with as_owner():
            made = make_role(role=role, password=password)
            grant_rights(role=role)
            revoke_public_privileges()
            left = find_open_privileges(role=role)
            set_role_limits(OWNER_LIMITS)
        set_role_limits(RUNTIME_LIMITS)
        # Sessions that began before have the old limits.
        connection.close()
        self.stdout.write(f"Role {role} {'made' if made else 'was there'}; its rights are up to date.")
        for privilege in left:
            self.stderr.write(f"{privilege.what} Run as {privilege.who}: {privilege.remedy}")
