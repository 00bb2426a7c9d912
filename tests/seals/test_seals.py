"""Seals name what anybody changed, removed or put in past the system, also without the system (docs/seals.md)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.models import Approval, Seal, SealedRow
from batconnect.core.sealing import packs, sealing
from batconnect.core.sealing.kinds import sealed_kinds
from batconnect.core.sealing.sealing import seal_rows
from batconnect.core.sealing.waiting import seconds_unsealed
from cases.models import CaseEvent
from ledger.models import Entry
from ledger.tests.test_verify_ledger import corrupt
from ledger.tests.treasury.builders import put_in
from payments.models import Allocation
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.tests.billing import bill, make_customer, receive
from tests.cast import NORTH, STAFF, StaffClient, acting

pytestmark = pytest.mark.django_db(transaction=True)


def work() -> None:
    """Something of every kind, committed."""
    with acting("manager") as actor:
        customer = make_customer(actor)
        invoice = bill(actor, customer, "80.00")
        payment = receive(actor, customer, "50.00")
        allocate_payment(
            actor=actor,
            payment_id=payment.id,
            requests=[AllocationRequest(amount=payment.amount, obligation_id=invoice.obligation_id)],
        )
        asked = Approval.objects.create(
            company_id=NORTH,
            kind="refund",
            subject_type="payments.payment",
            subject_id=str(payment.id),
            title="Refund of 50.00 USD",
            amount=payment.amount,
            currency="USD",
            requested_by_id=STAFF["cashier"][0],
        )
        Approval.objects.filter(pk=asked.pk).update(
            status="rejected", decided_by_id=STAFF["manager"][0], decided_at=now()
        )
    assert StaffClient(username="cashier").post("/bpm/case", {"case_type": "INTPAY"}).status_code == 200


def seal_all(*, seconds: float = 60) -> int:
    """Seal until nothing is left: transactions of other databases on the server hold back what may be sealed."""
    until = time.monotonic() + seconds
    while True:
        with acting("manager") as actor:
            seal_rows(actor=actor, everything=True)
            sealed, there = SealedRow.objects.count(), _there(actor)
        if sealed >= there or time.monotonic() > until:
            return sealed
        time.sleep(1)


def _there(actor: Actor) -> int:
    tables = (Entry.objects, Allocation.objects, CaseEvent.objects, Approval.objects)
    return sum(each.filter(company_id=actor.company_id).count() for each in tables)


def checked() -> list[str]:
    """What `verify_ledger --seals` prints of north."""
    out = StringIO()
    with suppress(CommandError):
        call_command("verify_ledger", "--seals", "--company", "North Taxi", stdout=out)
    return out.getvalue().splitlines()


def test_names_what_was_changed_removed_or_put_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "ROWS_OF_A_SEAL", 4)
    work()
    sealed = seal_all()

    with acting("manager") as actor:
        seals = Seal.objects.count()
        assert {each.name for each in sealed_kinds()} == set(
            SealedRow.objects.values_list("kind", flat=True).distinct()
        )
        assert sealed == _there(actor)
        assert seals > 1
        first, *_, last = Entry.objects.order_by("id").values_list("id", flat=True)
    assert checked() == [f"1 companies, {seals} seals: no differences."]

    corrupt(
        f"update ledger_entries set reason = 'another' where id = '{first}'",
        f"delete from ledger_postings where entry_id = '{last}' and line = 2",
        "update payment_allocations set amount = 51.00",
        "delete from case_events",
        "update approvals set status = 'approved'",
    )
    found = checked()

    assert any(str(first) in line and "is not what was sealed" in line for line in found)
    assert sum("is not what was sealed in seal" in line for line in found) == 4
    assert sum(line.startswith("North Taxi: case_event") and "is gone" in line for line in found) >= 1


def test_names_what_was_dated_back_and_what_was_never_sealed() -> None:
    work()
    seal_all()
    with acting("manager") as actor:
        put_in(actor, "5.00")
        latest = Entry.objects.latest("id").id
    corrupt(f"update ledger_entries set posted_at = now() - interval '9 days' where id = '{latest}'")

    assert [line for line in checked() if "and not sealed" in line and str(latest) in line]

    seal_all()
    assert [line for line in checked() if "and came in before seal" in line and str(latest) in line]


def test_a_seal_is_waited_for_from_the_last_one_on() -> None:
    work()
    seal_all()
    with acting("manager") as actor:
        assert seconds_unsealed(actor=actor) == 0
    with time_machine.travel(now() + timedelta(hours=1)), acting("manager") as actor:
        put_in(actor, "5.00")
        assert 3_590 <= seconds_unsealed(actor=actor) <= 3_700


def test_names_a_seal_that_was_made_anew() -> None:
    work()
    seal_all()
    with acting("manager") as actor:
        put_in(actor, "5.00")
    seal_all()
    corrupt(
        "update seals set digest = sha256('x') where number = 1", "delete from sealed_rows where place = 2"
    )

    found = " ".join(checked())

    assert "seal 1: is not the digest of its rows" in found
    assert "seal 2: is not made on the seal before it" in found
    assert "rows, and" in found


def test_the_database_takes_no_seal_beside_the_chain() -> None:
    work()
    seal_all()
    with acting("manager"):
        row = {"company_id": NORTH, "digest": b"x" * 32, "rows": 1}
        for wrong in ({"number": 2, "previous": b"y" * 32}, {"number": 1, "previous": b""}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Seal.objects.create(**row, **wrong)
        with pytest.raises(DatabaseError), transaction.atomic():
            Seal.objects.update(rows=2)


def test_a_round_looks_at_the_last_days_and_the_first_of_a_day_at_everything() -> None:
    with acting("manager") as actor:
        assert sealing._since(actor, None) is None
        today = Seal(company_id=NORTH, number=1, rows=3, sealed_at=now())
        before = Seal(company_id=NORTH, number=1, rows=3, sealed_at=now() - timedelta(days=2))
        full = Seal(company_id=NORTH, number=1, rows=sealing.ROWS_OF_A_SEAL, sealed_at=now())
        assert sealing._since(actor, today) is not None
        assert sealing._since(actor, before) is None
        assert sealing._since(actor, full) is None


def _run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", str(program), *arguments], capture_output=True, text=True, check=False
    )


def test_an_audit_pack_is_checked_without_the_system(tmp_path: Path) -> None:
    work()
    seal_all()
    pack, out = tmp_path / "north.zip", StringIO()
    call_command("export_seals", "--company", "North Taxi", "--output", str(pack), stdout=StringIO())
    call_command("export_seals", "--company", "North Taxi", stdout=out)
    head = out.getvalue().split()[0]
    with zipfile.ZipFile(pack) as packed:
        packed.extract("check_seals.py", tmp_path)
        files = {name: packed.read(name) for name in packed.namelist()}
    program = tmp_path / "check_seals.py"

    whole = _run(program, str(pack), head)
    assert (whole.returncode, whole.stdout) == (0, "Every row and every seal holds.\n"), whole.stderr
    assert _run(program, str(pack), "1:" + "0" * 64).returncode == 1

    def changed(name: str, change: Callable[[bytes], bytes]) -> str:
        wrong = tmp_path / "wrong.zip"
        with zipfile.ZipFile(wrong, "w") as made:
            for each, content in files.items():
                made.writestr(each, change(content) if each == name else content)
        done = _run(program, str(wrong))
        assert done.returncode == 1
        return done.stdout

    assert "a row or the seal is not what was sealed" in changed(
        "rows.jsonl", lambda rows: rows.replace(b"50.00", b"60.00")
    )
    assert "rows instead of" in changed("rows.jsonl", lambda rows: rows.split(b"\n", 1)[1])
    first = json.loads(files["seals.jsonl"].splitlines()[0])
    assert "is not what was sealed" in changed(
        "seals.jsonl", lambda seals: seals.replace(first["digest"].encode(), b"0" * 64, 1)
    )


def test_a_pack_has_the_documents_of_what_was_sealed_and_tells_when_one_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work()
    seal_all()
    pack, out = tmp_path / "north.zip", StringIO()
    chosen = ("--company", "North Taxi", "--output", str(pack), "--documents")
    call_command("export_seals", *chosen, stdout=out)
    head = out.getvalue().split()[-1]
    with zipfile.ZipFile(pack) as packed:
        packed.extract("check_seals.py", tmp_path)
        files = {name: packed.read(name) for name in packed.namelist()}
    program = tmp_path / "check_seals.py"
    kinds = {name.split("/")[1]: content for name, content in files.items() if name.startswith("documents/")}

    assert {kind: content[:4] for kind, content in kinds.items()} == {
        "receipts": b"%PDF",
        "invoices": kinds["invoices"][:4],
        "statements": b"%PDF",
    }
    assert b'"total":80.00' in kinds["invoices"]
    assert (_run(program, str(pack), head).returncode, head.startswith("documents:")) == (0, True)
    assert "is not the one that was exported" in _run(program, str(pack), "documents:" + "0" * 64).stdout

    half = tmp_path / "half.zip"
    with monkeypatch.context() as patched:
        patched.setattr(packs, "packed_kinds", lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            call_command("export_seals", *chosen[:2], "--output", str(half), "--documents", stdout=out)
    assert not half.exists()

    receipt = next(name for name in files if name.startswith("documents/receipts/"))
    listed = files["documents.jsonl"]
    nothing = listed.replace(json.loads(listed.splitlines()[0])["about"].encode(), b"another")
    for wrong, said in (
        (files | {receipt: b"%PDF-other"}, f"{receipt}: is not the document that was written"),
        ({name: each for name, each in files.items() if name != receipt}, f"{receipt}: is missing"),
        (files | {"documents/more.pdf": b""}, "documents/more.pdf: is not listed"),
        (files | {"documents.jsonl": nothing}, "is about nothing that was sealed in this pack"),
        (files | {"documents.jsonl": listed[:-1]}, "documents.jsonl: is not the list that was written"),
    ):
        with zipfile.ZipFile(tmp_path / "wrong.zip", "w") as made:
            for name, content in wrong.items():
                made.writestr(name, content)
        done = _run(program, str(tmp_path / "wrong.zip"))
        assert (done.returncode, said in done.stdout) == (1, True), done.stdout
