"""The page of seals says how far they reach, and hands heads and packs to those who may have them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.models import JobRun, Seal
from batconnect.core.sealing.chain import seal_digest
from batconnect.core.sealing.checking import VERIFY_SEALS
from batconnect.core.sealing.waiting import seconds_unsealed
from cases.models import CaseEvent
from cases.services import create_case
from console.seals import pages
from tests.cast import NORTH
from tests.console import ConsoleClient
from tests.databases import owners_hand

PAGE = reverse("admin:seals")
Console = Callable[[str], ConsoleClient]


@pytest.fixture
def seals(manager: Actor) -> list[Seal]:
    """Two seals; what they cover is for the tests of sealing."""
    made: list[Seal] = []
    for number in (1, 2):
        previous = bytes(made[-1].digest) if made else b""
        digest = seal_digest(company_id=NORTH, number=number, previous=previous, rows=[])
        made.append(
            Seal.objects.create(company_id=NORTH, number=number, previous=previous, digest=digest, rows=3)
        )
    return made


def shown(client: Any, address: str = PAGE) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_says_how_far_the_seals_reach(seals: list[Seal], console_of: Console) -> None:
    page = shown(console_of("administrator"))

    assert "2, made 0" in page
    assert "The seals cover 6 rows." in page
    assert f"2:{bytes(seals[1].digest).hex()}" in page
    assert "Not yet; the seals are checked every night." in page
    assert "Nobody is mailed the last seal" in page


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"seals": 2, "differences": 0}, "Every row and every seal held on"),
        ({"seals": 2, "differences": 1}, "1 difference on"),
        ({}, "did not end well"),
    ],
)
def test_says_whether_they_held(
    seals: list[Seal], console_of: Console, counts: dict[str, int], said: str
) -> None:
    JobRun.objects.create(
        company_id=NORTH, task=VERIFY_SEALS, state="done", started_at=now(), finished_at=now(), counts=counts
    )

    assert said in shown(console_of("auditor"))


def test_an_identifier_of_another_kind_says_nothing_of_its_age(
    seals: list[Seal], manager: Actor, console_of: Console
) -> None:
    event = CaseEvent.objects.get(case=create_case(actor=manager, case_type="INTPAY").case)
    before = seconds_unsealed(actor=manager)
    event.id = UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")
    with owners_hand():
        event.save(force_insert=True)

    assert seconds_unsealed(actor=manager) - before <= 1
    assert console_of("auditor").get(PAGE).status_code == 200


def test_hands_out_the_heads_of_this_company_alone(seals: list[Seal], console_of: Console) -> None:
    lines = console_of("administrator").get(f"{PAGE}?file=heads").content.decode().splitlines()

    assert [line.split()[0] for line in lines] == [
        f"{each.number}:{bytes(each.digest).hex()}" for each in seals
    ]


def test_a_pack_is_for_those_who_may_export_the_books(seals: list[Seal], console_of: Console) -> None:
    address = f"{PAGE}?file=pack&first=2&last=2"
    packed = b"".join(console_of("auditor").get(address).streaming_content)

    with zipfile.ZipFile(BytesIO(packed)) as pack:
        assert json.loads(pack.read("seals.jsonl"))["number"] == 2
        assert json.loads(pack.read("pack.json"))["company_id"] == str(NORTH)
    assert console_of("administrator").get(address).status_code == 403
    assert "Download the audit pack" not in shown(console_of("administrator"))


def test_a_pack_that_is_too_large_or_empty_is_refused_with_the_figure(
    seals: list[Seal], console_of: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MAX_ROWS", 5)
    client = console_of("auditor")

    refused = client.get(f"{PAGE}?file=pack&first=1&last=2")
    assert refused.status_code == 400
    assert "Seals 1 to 2 cover 6 rows, above the 5" in " ".join(refused.content.decode().split())
    assert "There are no seals 7 to 9." in shown(client, f"{PAGE}?file=pack&first=7&last=9")
    assert client.get(f"{PAGE}?file=pack&first=x").status_code == 400
