"""An installation that began with the first migrations, with the demo in it, comes through every later one."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from batconnect.core.database.tenancy import company_context
from batconnect.core.models import Company
from ledger.services.verifications import verify_ledger
from tests.databases import superuser_connection
from tests.tree import PACKAGES

pytestmark = pytest.mark.system  # a database migrated from nothing, and the demo put into it
OWED = "select company_id, sum(outstanding), count(*) from ledger_obligations group by company_id order by 1"


@pytest.fixture
def repeated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Those that are not atomic run twice, as after a run that gave up at their last step; which ones did."""
    apply = Migration.apply
    names: list[str] = []

    def apply_twice(self: Migration, state: ProjectState, editor: BaseDatabaseSchemaEditor) -> ProjectState:
        if not self.atomic and type(self).__module__.split(".")[0] in PACKAGES:
            apply(self, state.clone(), editor)
            names.append(f"{self.app_label}.{self.name}")
        return apply(self, state, editor)

    monkeypatch.setattr(Migration, "apply", apply_twice)
    return names


def test_nothing_is_lost_and_the_books_agree(kept: dict[str, int], repeated: list[str]) -> None:
    assert sum(kept.values()) > 1_000
    with superuser_connection() as server:
        owed = server.execute(OWED).fetchall()

    call_command("migrate", verbosity=0, interactive=False)
    call_command("setup_roles", verbosity=0)

    assert "ledger.0005_what_was_earned" in repeated
    with superuser_connection() as server:
        assert server.execute(OWED).fetchall() == owed
        applied = set(server.execute("select app, name from django_migrations").fetchall())
        assert set(MigrationLoader(None).disk_migrations) <= applied
        tables = {name for (name,) in server.execute("select tablename from pg_tables").fetchall()}
        for table in kept.keys() & tables:
            (rows,) = server.execute(f'select count(*) from "{table}"').fetchone() or (0,)
            assert rows >= kept[table], table
    companies = list(Company.objects.values_list("id", flat=True))
    assert len(companies) > 1
    for company_id in companies:
        with company_context(company_id, job="test") as actor:
            verified = verify_ledger(actor=actor)
            assert (verified.differences, verified.checks > 10) == (0, True), verified
