"""The audit trail calls everything by its kind and its name or number: no key, no code, no model's label."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from operator import attrgetter
from types import ModuleType
from typing import Final
from uuid import UUID

import pytest
from django.db.models import Model

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.subject import SourceType, Subject, all_subjects, find_in_trail
from batconnect.core.models import AuditEvent
from console.reports.tests.books import rows_of
from console.reports.trail_names import say_subject
from console.tests.world import row_of
from tests.databases import owners_hand
from tests.tree import PACKAGES, ROOT

KEY: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|[a-z]_[a-z]|\b[a-z]+\.(?!csv|xml)[a-z]")
# The trail is never about these: what happens to them is written of what they belong to.
WITHOUT_NAME: Final = {
    "cases.CaseStepConfig",
    "cases.CaseStepOverride",
    "cases.CaseType",
    "core.Approval",
    "core.AuditEvent",
    "core.CompanySettings",
    "core.Membership",
    "django_celery_beat.PeriodicTask",
    "ledger.Entry",
    "ledger.LedgerVerification",
    "ledger.Payout",
    "ledger.RepaymentMatrix",
    "ledger.WeeklyRun",
    "outstanding.PaymentPlan",
    "outstanding.PaymentReminder",
    "payments.GatewayCharge",
}
# Kinds of which a table holds no row of people's: an act, a file, a time, what a company has one of.
WITHOUT_TABLE: Final = {
    "company_settings",
    "core.bulk_operation",
    "ledger.payout_settings",
    "ledger.transfer",
    "list",
    "payments.operation",
    "schedule",
}


def _key_of(subject: Subject, source: SourceType | None) -> str:
    row: Model = row_of(subject.model_class)
    if source is None:
        return str(row.pk)
    if source.through:
        field = subject.model_class._meta.get_field(source.through).field  # type: ignore[union-attr]  # a relation
        kept = field.model.objects.first()
        return str(kept.pk) if kept else ""
    return str(getattr(row, source.named_by or "pk"))


def _events() -> Iterator[tuple[str, str]]:
    for subject in all_subjects():
        if subject.model in WITHOUT_NAME:
            continue
        by_code = {source.code: source for source in subject.sources}
        for code in dict.fromkeys([*by_code, *subject.trail_codes]):
            if key := _key_of(subject, by_code.get(code)):
                yield code, key


def _text_of(node: ast.AST, module: ModuleType) -> str:
    """What a constant of the module or of another that it imports holds; empty for anything else."""
    name = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
    if not name.rpartition(".")[2].isupper():
        return ""
    return str(attrgetter(name)(module))


def _written_codes() -> set[str]:
    """What our code gives as `subject_type` of an event or a request, where it is a text or a constant."""
    codes = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "tests" in path.parts or "migrations" in path.parts or "subject_type=" not in path.read_text():
                continue
            module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.keyword) and node.arg == "subject_type":
                    if isinstance(node.value, ast.Constant):
                        codes.add(str(node.value.value))
                    codes |= {code for each in ast.walk(node.value) if (code := _text_of(each, module))}
    return codes


def test_every_subject_has_a_readable_name_and_no_key(world: Actor) -> None:
    events = list(_events())
    with owners_hand():
        AuditEvent.objects.bulk_create(
            AuditEvent(
                company_id=world.company_id,
                actor="Trail writer",
                action=f"test.no{place}",
                subject_type=code,
                subject_id=key,
            )
            for place, (code, key) in enumerate(events)
        )

    rows = rows_of(world, "audit-trail", source="action", who="Trail writer")

    said = {events[int(row["action"].rpartition(" ")[2][2:])]: row["subject"] for row in rows}
    assert set(said) == set(events)
    assert {pair: text for pair, text in said.items() if KEY.search(text)} == {}
    kinds = {str(each.model_class._meta.verbose_name).lower() for each in all_subjects()}
    assert {pair: text for pair, text in said.items() if text.lower() in kinds} == {}


@pytest.mark.parametrize(
    ("code", "key", "said"),
    [
        ("customer", "", "Customers"),
        ("leaserate", "", "Lease rates"),
        ("bank.drawer_session", str(UUID(int=1)), "Drawer session"),
        ("user", "17", "User"),
        ("cases.case", "INTPAY-000001", "Case INTPAY-000001"),
        ("payments.operation", str(UUID(int=1)), "Operation"),
        ("payments.receipt", "R-PAY-2026-001", "Receipt R-PAY-2026-001"),
        ("schedule", "weekly_run", "Schedule Weekly run"),
        ("company_settings", str(UUID(int=1)), "Company settings"),
    ],
)
def test_what_has_no_row_is_called_by_its_kind(code: str, key: str, said: str) -> None:
    assert say_subject((code, key), "") == said


def test_every_code_that_is_written_is_known() -> None:
    codes = _written_codes()

    assert len(codes) > 50
    assert {code for code in codes if find_in_trail(code) is None} == WITHOUT_TABLE


def test_tables_that_the_trail_is_about_say_how_their_rows_are_called() -> None:
    assert {each.model for each in all_subjects() if not each.named} == WITHOUT_NAME
