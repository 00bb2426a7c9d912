"""docs/seeds.md holds: the five guides, call by call, against the product as `make run` serves it."""

from __future__ import annotations

import json
import re
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from urllib.error import HTTPError
from urllib.parse import quote
from zoneinfo import ZoneInfo

import psycopg
import pytest

from batconnect.embedded.paths import PROJECT_ROOT
from batconnect.embedded.postgres import OWNER_ROLE, RUNTIME_ROLE, recorded_address
from tests.pages import assert_holds, filled, value_at
from tests.system.installation import Installation, installed

pytestmark = pytest.mark.system

PASSWORD: Final = "the-guides-readers"
PIECE: Final = re.compile(
    r"Signed in as\s+`(?P<person>\w+)`"
    r"|^```example\n(?P<call>.+)\n(?P<status>\d{3}) (?P<answer>\{.*\}|[\w/.+-]+)(?P<kept>(?: [\w.]+=[A-Z]+)*)\n```$"
    r"|^```query\n(?P<role>app|owner): (?P<statement>.+)\n(?P<sign>[=!]) (?P<told>.+)\n```$",
    re.MULTILINE,
)
ROLES: Final = {"app": RUNTIME_ROLE, "owner": OWNER_ROLE}


class Reader:
    """Somebody who follows the page, call by call."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.tokens: dict[str, str] = {}
        self.person = ""
        today = datetime.now(ZoneInfo("America/New_York")).date()
        self.names = {"SUNDAY": next_sunday(today).isoformat(), "COMPANY": ""}

    def sign_in(self, person: str) -> None:
        """Be this person from here on, in the person's company."""
        self.person = person
        if person not in self.tokens:
            body = json.dumps({"username": person, "password": PASSWORD})
            self.tokens[person] = json.loads(self.send("POST", "/api/token/", body)[2])["access"]
        self.names["COMPANY"] = json.loads(self.send("GET", "/api/me")[2])["companies"][0]["id"]

    def send(self, method: str, path: str, body: str = "") -> tuple[int, str, bytes]:
        """Status, content type and content of the answer."""
        headers = {"Content-Type": "application/json"}
        if self.person in self.tokens and not path.startswith("/api/receipts/pdf"):
            headers |= {"Authorization": f"Bearer {self.tokens[self.person]}"}
            headers |= {"X-Company-Id": self.names["COMPANY"]} if self.names["COMPANY"] else {}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        request = urllib.request.Request(  # noqa: S310 - an address of this machine
            self.base + quote(path, safe="/?&=:,-_%"),
            data=body.encode() or None,
            headers=headers,
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
                return answer.status, answer.headers["Content-Type"], answer.read()
        except HTTPError as refused:
            return refused.code, refused.headers["Content-Type"], refused.read()

    def follow(self, example: re.Match[str]) -> None:
        """Make the call, hold the answer against the page's, keep what is kept."""
        method, path, body = [*filled(example["call"], self.names).split(" ", 1), ""][:3]
        path, _, body = path.partition(" {") if " {" in path else (path, "", "")
        status, kind, content = self.send(method, path, f"{{{body}" if body else "")
        assert status == int(example["status"]), f"{example['call']}: {status} {content[:600]!r}"
        expected = filled(example["answer"], self.names)
        if not expected.startswith("{"):
            assert kind == expected, example["call"]
            return
        document = json.loads(content)
        assert_holds(document, json.loads(expected), example["call"])
        for each in example["kept"].split():
            member, _, name = each.partition("=")
            self.names[name] = str(value_at(document, member))


def next_sunday(day: date) -> date:
    """The first Sunday after the day."""
    return day + timedelta(days=7 - (day.weekday() + 1) % 7)


def ask(address: str, statement: str) -> str:
    """The last value that the statements answer, or what the database says against them; nothing is kept."""
    with psycopg.connect(address) as connection:
        try:
            cursor = connection.execute(statement.encode())
            while cursor.nextset():
                pass
            row = cursor.fetchone()
        except psycopg.Error as error:
            return str(error)
        finally:
            connection.rollback()
    assert row is not None, statement
    return str(row[0])


@pytest.fixture(scope="module")
def served() -> Iterator[Installation]:
    """A demo that nobody has used yet."""
    with installed(BATCONNECT_DEMO_PASSWORD=PASSWORD) as installation:
        installation.start()
        yield installation


def test_the_five_guides_run_as_written(served: Installation) -> None:
    page = (PROJECT_ROOT / "docs/seeds.md").read_text(encoding="utf-8")
    reader = Reader(f"http://127.0.0.1:{served.port}")
    address = recorded_address(data=served.data)
    assert address is not None
    pieces = list(PIECE.finditer(page))

    for piece in pieces:
        if piece["person"]:
            reader.sign_in(piece["person"])
        elif piece["call"]:
            reader.follow(piece)
        else:
            actual = ask(address.url(role=ROLES[piece["role"]]), filled(piece["statement"], reader.names))
            expected = piece["told"]
            assert actual == expected if piece["sign"] == "=" else expected in actual, piece["statement"]

    assert sum(bool(piece["call"]) for piece in pieces) == page.count("```example") >= 50
    assert sum(bool(piece["statement"]) for piece in pieces) == page.count("```query") == 10
    assert sum(bool(piece["person"]) for piece in pieces) == 5


def test_every_guide_has_its_anchor() -> None:
    page = (PROJECT_ROOT / "docs/seeds.md").read_text(encoding="utf-8")

    assert re.findall(r'<a id="([\w-]+)"></a>', page) == [
        *("interim-payments", "driver-loans", "vehicle-repairs", "outstanding-amounts", "payment-allocation")
    ]
