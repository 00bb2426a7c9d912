"""Delete idempotency keys that no longer count: older than seven days (docs/domain.md#idempotency)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from batconnect.core.api.idempotency import purge_keys
from batconnect.core.database.tenancy import company_context, company_ids


class Command(BaseCommand):
    """Each company in a transaction of its own."""

    help = "Delete idempotency keys older than IDEMPOTENCY_KEEP_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        deleted = 0
        for company_id in company_ids():
            with company_context(company_id, job="purge_idempotency_keys"):
                deleted += purge_keys(company_id=company_id)
        self.stdout.write(f"{deleted} keys deleted")
