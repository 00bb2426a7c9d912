"""Many rows at once: what is previewed is what is done, and a row of which something else would come is left alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from unittest.mock import Mock

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.urls import reverse
from pypdf import PdfReader, PdfWriter

from batconnect.core.console.bulk import services, working
from batconnect.core.console.bulk.actions import Declared, bulk_actions, find_bulk_action
from batconnect.core.console.bulk.services import (
    begin_operation,
    confirm_operation,
    plan_operation,
    undo_of,
)
from batconnect.core.console.bulk.trying import Numbers
from batconnect.core.database.tenancy import job_actor
from batconnect.core.files.exports import pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from batconnect.core.models import Approval, BulkOperation, BulkRow, CompanySettings, Membership, OutgoingMail
from cases.services import create_case
from console.tests.conftest import ConsoleClient
from console.tests.test_matrix import taken_back
from console.tests.world import row_of
from ledger.chart import Category
from ledger.models import Entry, Obligation
from ledger.services import void_obligation, write_off
from ledger.tests.builders import charge, make_debtor
from payments.tests.billing import make_customer, receive
from tests.cast import _actor

WHY: Final = "They were raised for the wrong week."
VOID: Final = "ledger.obligation.void"
APPROVE: Final = "core.approval.approve"


def declared(code: str) -> Declared:
    found = find_bulk_action(code)
    assert found is not None, code
    return found


def answers(**texts: str) -> QueryDict:
    typed = QueryDict(mutable=True)
    typed.update(texts)
    return typed


def tolls(actor: Actor, count: int = 3) -> list[Obligation]:
    """Obligations of 26.50 each, of one driver."""
    debtor = make_debtor(actor)
    return [charge(actor, debtor, reference_id=f"EZ-{place}") for place in range(count)]


def requests(actor: Actor, count: int = 3) -> list[Approval]:
    """Write-offs above the limit, which wait for a second person."""
    CompanySettings.objects.update(write_off_approval_limit=Decimal("10.00"))
    asking = _actor("manager")
    for each in tolls(actor, count):
        write_off(actor=asking, obligation_id=each.id, amount=each.outstanding, reason=WHY)
    return list(Approval.objects.filter(status=Approval.Status.PENDING).order_by("id"))


def planned(actor: Actor, code: str, keys: list[Any], **texts: str) -> BulkOperation:
    """An operation on these rows, previewed."""
    action = declared(code)
    begun = begin_operation(actor=actor, declared=action, rows=action.rows(actor).filter(pk__in=keys))
    assert plan_operation(actor=actor, operation_id=begun.id, answers=answers(**texts)) is None
    return worked_on(begun)


def confirmed(actor: Actor, operation: BulkOperation) -> BulkOperation:
    """Confirmed, and done."""
    confirm_operation(actor=actor, operation_id=operation.id, version=operation.version)
    return worked_on(operation)


def worked_on(operation: BulkOperation) -> BulkOperation:
    """After a worker has done what is left to it."""
    working.work_on(actor=job_actor(company_id=operation.company_id, job="test"), operation_id=operation.id)
    operation.refresh_from_db()
    return operation


@pytest.fixture
def by_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation is too large to be waited for."""
    monkeypatch.setattr(services, "waits_for", lambda action, total: False)


def states(operation: BulkOperation) -> list[str]:
    return list(
        BulkRow.objects.filter(operation=operation.id).order_by("place").values_list("state", flat=True)
    )


@pytest.fixture
def empty_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed is one empty page."""
    empty = PdfWriter()
    empty.add_blank_page(width=10, height=10)
    content = io.BytesIO()
    empty.write(content)
    monkeypatch.setattr(pdf, "lay_out", lambda html: Mock(write_pdf=content.getvalue))


def test_every_action_does_what_it_previews(world: Actor, empty_pages: None) -> None:
    actor = _actor("second_manager")
    wrong, done = [], set()

    for each in bulk_actions():
        with taken_back():
            operation = planned(actor, each.code, [row_of(each.page.model).pk], reason=WHY)
            row = BulkRow.objects.get(operation=operation.id)
            said, was = row.planned, row.state
            if was == BulkRow.State.PLANNED:
                confirmed(actor, operation)
                row.refresh_from_db()
                done.add(each.code)
            if (row.said != said or row.state != "done") if was == "planned" else not row.said:
                wrong.append((each.code, was, said, row.state, row.said))

    assert wrong == []
    assert len(done) >= 9


def test_every_undo_is_declared() -> None:
    names = {each.code: each.action.undo for each in bulk_actions() if each.action.undo}

    assert len(names) >= 6
    assert all(undo_of(declared(code)) is not None for code in names)


def test_those_who_may_not_choose_nothing(world: Actor) -> None:
    for name in ("auditor", "administrator"):
        actor = _actor(name)
        for each in bulk_actions():
            if not each.action.has_permission(actor):
                with pytest.raises(NotAllowed):
                    begin_operation(actor=actor, declared=each, rows=each.rows(actor))
    assert BulkOperation.objects.count() == 1, "the world's own"


def test_ten_requests_are_approved_at_once(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    keys = [each.id for each in requests(manager, 10)]
    client = console_of("second_manager")
    sent = {"action": "approve", "index": "0", "_selected_action": [str(each) for each in keys]}

    chosen = client.post(reverse("admin:core_approval_changelist"), sent)
    preview = client.get(chosen["Location"]).content.decode()
    before = Entry.objects.count()
    client.post(chosen["Location"], {"do": "confirm", "version": "1"})
    again = client.post(chosen["Location"], {"do": "confirm", "version": "1"}, follow=True).content.decode()

    assert "10 of 10 rows will be done, 265.00 USD." in preview
    assert set(Approval.objects.values_list("status", flat=True)) == {"approved"}
    assert Entry.objects.count() == before + 10
    assert "It was confirmed already." in again
    assert "10 of 10 rows are done, 265.00 USD." in again


def test_all_that_the_filter_finds_are_chosen(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    first, *_ = tolls(manager)
    charge(manager, make_debtor(manager, number=2), reference_id="PVB-1", category=Category.PVB)
    sent = {"action": "void", "index": "0", "select_across": "1", "_selected_action": str(first.id)}

    chosen = console_of("manager").post(
        f"{reverse('admin:ledger_obligation_changelist')}?category__exact=EZPASS", sent
    )
    form = console_of("manager").get(chosen["Location"]).content.decode()

    assert BulkOperation.objects.get().total == 3
    assert "3 rows chosen" in form
    assert 'name="reason"' in form


def test_what_one_asked_for_oneself_is_left_out(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    keys = [each.id for each in requests(manager, 2)]

    operation = planned(manager, APPROVE, keys)

    assert states(operation) == ["left", "left"]
    with pytest.raises(Conflict, match="Every row was left out"):
        confirmed(manager, operation)
    assert Approval.objects.filter(status="pending_approval").count() == 2


@pytest.mark.parametrize("how", ["at once", "by a worker"])
def test_a_row_that_changed_is_told_and_left_alone(
    manager: Actor, how: str, request: pytest.FixtureRequest
) -> None:
    if how == "by a worker":
        request.getfixturevalue("by_a_worker")
    first, second, third = tolls(manager)
    operation = planned(manager, VOID, [first.id, second.id, third.id], reason=WHY)
    assert states(operation) == ["planned"] * 3
    write_off(actor=manager, obligation_id=first.id, amount=Decimal("6.50"), reason=WHY)
    void_obligation(actor=manager, obligation_id=second.id, reason=WHY)

    confirmed(manager, operation)

    assert states(operation) == ["refused", "refused", "done"]
    assert operation.done_rows == 1
    said = list(BulkRow.objects.filter(operation=operation.id).values_list("said", flat=True))
    assert all(said)
    assert Obligation.objects.get(id=first.id).outstanding == Decimal("20.00")


def test_another_preview_is_not_confirmed(manager: Actor) -> None:
    operation = planned(manager, VOID, [each.id for each in tolls(manager)], reason=WHY)
    plan_operation(actor=manager, operation_id=operation.id, answers=answers(reason=WHY + " Twice."))

    with pytest.raises(Conflict, match="Another preview"):
        confirmed(manager, operation)
    assert set(Obligation.objects.values_list("status", flat=True)) == {"open"}


@pytest.mark.parametrize("how", ["at once", "by a worker"])
def test_who_lost_the_right_does_nothing_more(
    manager: Actor, how: str, request: pytest.FixtureRequest
) -> None:
    operation = planned(manager, VOID, [each.id for each in tolls(manager)], reason=WHY)
    if how == "by a worker":
        request.getfixturevalue("by_a_worker")
        confirm_operation(actor=manager, operation_id=operation.id, version=operation.version)
    Membership.objects.filter(user_id=manager.user_id).update(groups=["Auditor"])
    if how == "by a worker":
        worked_on(operation)
        assert states(operation) == ["refused"] * 3
    else:
        with pytest.raises(NotAllowed):
            confirmed(_actor("manager"), operation)
    assert set(Obligation.objects.values_list("status", flat=True)) == {"open"}


def test_who_left_the_company_does_nothing_more(manager: Actor, by_a_worker: None) -> None:
    operation = planned(manager, VOID, [each.id for each in tolls(manager)], reason=WHY)
    confirm_operation(actor=manager, operation_id=operation.id, version=operation.version)
    Membership.objects.filter(user_id=manager.user_id).update(is_active=False)

    worked_on(operation)

    assert states(operation) == ["refused"] * 3
    assert operation.state == BulkOperation.State.DONE


def test_it_is_taken_back_once(manager: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    flow_cases = [create_case(actor=manager, case_type="TSTINS").case.pk for _ in range(2)]
    operation = confirmed(manager, planned(manager, "cases.case.hold", flow_cases, reason=WHY))
    client = console_of("manager")
    address = reverse("admin:bulk_operation", args=[operation.id])

    begun = client.post(address, {"do": "undo"})
    client.post(begun["Location"], {"do": "plan", "reason": WHY})
    client.post(begun["Location"], {"do": "confirm", "version": "1"})
    second = client.post(address, {"do": "undo"}, follow=True).content.decode()

    back = BulkOperation.objects.exclude(id=operation.id).get()
    assert (back.undoes_id, back.state, back.done_rows) == (operation.id, "done", 2)
    assert "There is nothing to take back here." in second
    assert "Undo: Release cases" not in second


def test_what_was_confirmed_is_kept(manager: Actor) -> None:
    operation = confirmed(manager, planned(manager, VOID, [each.id for each in tolls(manager)], reason=WHY))

    for wrong in (
        lambda: BulkRow.objects.filter(operation=operation.id).update(state="planned"),
        lambda: BulkRow.objects.filter(operation=operation.id).update(planned="Something else."),
        lambda: BulkRow.objects.filter(operation=operation.id).delete(),
        lambda: BulkOperation.objects.filter(id=operation.id).update(answers={}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_too_many_are_refused(manager: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    action = declared("ledger.dtr.mail_many")
    few = Declared(action.page, replace(action.action, at_most=2))
    of_obligations = Declared(declared(VOID).page, replace(declared(VOID).action, at_most=2))
    tolls(manager)

    with pytest.raises(InvalidInput, match="More rows are chosen than the 2"):
        begin_operation(actor=manager, declared=of_obligations, rows=of_obligations.rows(manager))
    with pytest.raises(InvalidInput, match="Choose at least one row"):
        begin_operation(actor=manager, declared=few, rows=few.rows(manager))


def test_numbers_that_others_may_take_are_not_promised() -> None:
    numbers = Numbers({("PAY", "2026"): 12}, frozenset({"PAY"}))

    assert numbers.without_new("PAY-2026-012 is refunded as PAY-2026-013.") == (
        "PAY-2026-012 is refunded as PAY-2026-…."
    )
    assert numbers.without_new("EZ-2026-99 and A123") == "EZ-2026-99 and A123"


def test_an_operation_is_shown_to_those_who_see_its_rows(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    open_one = planned(manager, VOID, [each.id for each in tolls(manager)], reason=WHY)
    address = reverse("admin:bulk_operation", args=[open_one.id])

    assert console_of("auditor").get(address).status_code == 403
    confirmed(manager, open_one)
    assert "3 of 3 rows are done" in console_of("auditor").get(address).content.decode()
    assert console_of("administrator").get(address).status_code == 403
    listed = console_of("auditor").get(reverse("admin:bulk_operations")).content.decode()
    assert address in listed


def test_a_worker_that_dies_leaves_whole_rows_to_the_next(
    manager: Actor, by_a_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "CHUNK_ROWS", 2)
    job = job_actor(company_id=manager.company_id, job="test")
    action, heard = declared(VOID), list[int]()
    tolls(manager, 5)
    begun = begin_operation(actor=manager, declared=action, rows=action.rows(manager))
    plan_operation(actor=manager, operation_id=begun.id, answers=answers(reason=WHY))
    assert states(begun) == ["chosen"] * 5
    assert services.unfinished_operations(manager) == [begun.id]

    working.work_on(actor=job, operation_id=begun.id, progress=heard.append)
    begun.refresh_from_db()
    confirm_operation(actor=manager, operation_id=begun.id, version=begun.version)
    assert states(begun) == ["planned"] * 5
    with pytest.raises(ZeroDivisionError):
        working.work_on(actor=job, operation_id=begun.id, progress=_dying_after(2))
    assert states(begun) == ["done"] * 2 + ["planned"] * 3
    worked_on(begun)

    assert heard == [2, 2, 1]
    assert (begun.state, begun.done_rows) == ("done", 5)
    assert states(begun) == ["done"] * 5
    assert services.unfinished_operations(manager) == []


def _dying_after(rows: int) -> Callable[[int], object]:
    left = iter(range(rows - 1, -1, -1))
    return lambda done: 1 // next(left)


def test_receipts_are_printed_as_one_pdf(
    manager: Actor, console_of: Callable[[str], ConsoleClient], empty_pages: None
) -> None:
    customer = make_customer(manager)
    keys = [receive(manager, customer, amount).id for amount in ("100.00", "20.00", "3.00")]

    operation = confirmed(manager, planned(manager, "payments.payment.print_many", keys))

    address = reverse("admin:bulk_operation", args=[operation.id])
    answer = console_of("auditor").get(address, {"documents": ""})
    assert len(PdfReader(io.BytesIO(b"".join(answer))).pages) == 3
    assert "Open the PDF" in console_of("auditor").get(address).content.decode()
    assert console_of("administrator").get(address, {"documents": ""}).status_code == 403


def test_mails_go_to_each_customer_who_has_an_address(manager: Actor) -> None:
    with_address, without = make_customer(manager), make_debtor(manager).customer
    action = "directory.customer.mail_many"

    operation = confirmed(manager, planned(manager, action, [with_address.pk, without.pk]))

    assert sorted(states(operation)) == ["done", "left"]
    assert [mail.recipient for mail in OutgoingMail.objects.all()] == [with_address.email]


def test_yesterdays_previews_are_deleted_when_another_is_begun(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [each.id for each in tolls(manager)]
    old, kept = planned(manager, VOID, keys, reason=WHY), planned(manager, VOID, keys, reason=WHY)
    confirmed(manager, kept)
    monkeypatch.setattr(services, "PREVIEW_KEPT", timedelta(days=-1))

    planned(manager, VOID, keys, reason=WHY)

    assert not BulkOperation.objects.filter(id=old.id).exists()
    assert BulkOperation.objects.filter(id=kept.id).exists()
