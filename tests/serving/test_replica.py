"""Which reads a replica answers: here a copy of the database that stands still, so that old is told from new."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import get_resolver, reverse

from batconnect.core.api.endpoints.session import SessionView
from batconnect.core.database.replica import base, middleware, switch, writers
from batconnect.core.database.replica.lag import Lag
from batconnect.core.models import AuditEvent
from batconnect.databases import replica_of
from batconnect.embedded.paths import PROJECT_ROOT
from payments.tests.billing import make_customer
from tests.cast import NORTH, SOUTH, StaffClient, acting
from tests.console import browser
from tests.databases import keep_copy, remove

MIDDLEWARE = "batconnect.core.database.replica.middleware.ReplicaMiddleware"
CUSTOMERS = "/api/customers"
ClientOf = Callable[..., StaffClient]


class Still:
    """A replica that has everything of the moment it was made, and the servers that answered since."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answered: list[str] = []
        self.told: list[str] = []
        self.end: int | None = 1
        self.now = 0
        monkeypatch.setattr(middleware, "count_read", self.answered.append)
        lag = Lag(primary=lambda: 1, replica=lambda: self.end, clock=lambda: self.now)
        monkeypatch.setattr(lag, "_report", self.note)
        monkeypatch.setattr(middleware, "lag", lag)

    def note(self, state: str) -> None:
        if self.told[-1:] != [state]:
            self.told.append(state)

    def since(self) -> list[str]:
        """Who answered since the last question."""
        answered = list(self.answered)
        self.answered.clear()
        return answered


def connect(wrapper: Any) -> None:
    if wrapper.connection is None:
        with wrapper.wrap_database_errors:
            wrapper.connect()


@pytest.fixture
def replica(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Still]:
    with acting("manager") as manager:
        make_customer(manager, "Old Acme")
    name = f"test_batconnect_{os.getpid()}_still"
    keep_copy(name=name)
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, MIDDLEWARE]
    for slot in range(10):
        writers.write_mark("writers", slot, -(10**18), slots=65_536)
    connections.settings["replica"] = {
        **connections.settings["default"],
        "ENGINE": "batconnect.core.database.replica",
        "ATOMIC_REQUESTS": False,
        "NAME": name,
    }
    # Django's tests let nobody connect to a database that they have not made.
    monkeypatch.setattr(base.DatabaseWrapper, "ensure_connection", connect, raising=False)
    yield Still(monkeypatch)
    connections["replica"].close()
    del connections["replica"], connections.settings["replica"]
    remove(name=name)


def names(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.content
    return {row["name"] for row in answer.json()["results"]}


def test_a_reader_sees_the_replica_and_who_wrote_sees_the_primary(
    replica: Still, client_of: ClientOf
) -> None:
    cashier, manager = client_of("cashier"), client_of("manager")
    before = names(manager.get(CUSTOMERS)), replica.since()

    added = manager.post(CUSTOMERS, {"name": "New Acme", "email": "new@acme.example"}, format="json")

    assert before == ({"Old Acme"}, ["replica"])
    assert added.status_code == 201
    assert added.cookies["wrote"].value == "1"
    again = client_of("manager")  # another token, no cookie
    assert names(again.get(CUSTOMERS)) == {"Old Acme", "New Acme"}
    assert replica.since() == ["primary"]
    assert names(cashier.get(CUSTOMERS)) == {"Old Acme"}
    assert replica.since() == ["replica"]
    cashier.cookies["wrote"] = "1"
    assert names(cashier.get(CUSTOMERS)) == {"Old Acme", "New Acme"}
    assert not switch.reads_from_replica()


def test_only_what_is_there_is_answered(replica: Still, client_of: ClientOf) -> None:
    with acting("manager") as manager:
        new = make_customer(manager, "New Acme")
    client = client_of("cashier")

    known = client.get(f"{CUSTOMERS}/{new.id}")
    unknown = client.get(f"{CUSTOMERS}/{uuid4()}")

    assert known.status_code == 200
    assert unknown.status_code == 404
    assert replica.since() == ["again", "again"]
    assert replica.told == ["used"]


def test_another_companys_rows_are_as_invisible_on_the_replica(replica: Still, client_of: ClientOf) -> None:
    assert names(client_of("outsider").get(CUSTOMERS)) == set()
    assert replica.since() == ["replica"]
    with connections["replica"].cursor() as cursor:
        cursor.execute("select count(*) from customers")
        assert cursor.fetchone() == (0,)


def test_behind_or_away_the_primary_answers(replica: Still, client_of: ClientOf, settings: Any) -> None:
    client = client_of("cashier")
    replica.end = 0

    client.get(CUSTOMERS)
    replica.end, replica.now = 1, 10
    client.get(CUSTOMERS)
    replica.end, replica.now = 0, 10 + settings.REPLICA_LAG_SECONDS + 1
    client.get(CUSTOMERS)
    replica.end, replica.now = None, replica.now + 10
    client.get(CUSTOMERS)

    assert replica.since() == ["primary", "replica", "primary", "primary"]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("select pg_terminate_backend(pg_backend_pid())", ["used", "away"]),
        ("insert into users default values", ["used"]),
        ("select id from users for update", ["used"]),
    ],
    ids=["lost", "insert", "lock"],
)
def test_what_the_replica_cannot_do_is_asked_of_the_primary(
    replica: Still,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    told: list[str],
) -> None:
    read = SessionView.get

    def failing(view: Any, request: Any) -> Any:
        if switch.reads_from_replica():
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        return read(view, request)

    monkeypatch.setattr(SessionView, "get", failing)
    client = client_of("auditor")

    answers = [client.get("/api/session") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    # A lost replica is left until it answers again, and who wrote reads from the primary.
    assert replica.since() == ["again", "primary"]
    assert replica.told == told
    assert not switch.reads_from_replica()


def test_a_file_is_read_from_the_replica_and_its_line_of_the_trail_stands_on_the_primary(
    replica: Still, client_of: ClientOf
) -> None:
    answer = client_of("auditor").get("/ledger/export?export_type=postings&format=csv")

    assert answer.status_code == 200
    assert replica.since() == ["replica"]
    with acting("auditor") as auditor:
        (line,) = AuditEvent.objects.values("action", "actor", "user_id", "company_id")
    assert line == {
        "action": "core.export_list",
        "actor": auditor.name,
        "user_id": auditor.user_id,
        "company_id": NORTH,
    }
    with acting("outsider"):
        assert not AuditEvent.objects.exists()
    assert SOUTH != NORTH


def test_no_file_without_its_line_of_the_trail(
    replica: Still, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("the trail cannot be written")

    monkeypatch.setattr("batconnect.core.audit.insert_batch", refuse)

    assert client_of("auditor").get("/ledger/export?export_type=postings&format=csv").status_code == 500
    assert replica.since() == ["again"]


def test_lists_of_the_console_lag_and_forms_do_not(replica: Still) -> None:
    client: Client = browser("manager")
    customers = reverse("admin:directory_customer_changelist")

    listed = client.get(customers)
    answered = [replica.since()]
    for name in ("reports", "search", "directory_customer_add"):
        assert client.get(reverse(f"admin:{name}")).status_code == 200
        answered.append(replica.since())
    # One exact hit leads on to its row, which is not the replica's to say.
    assert client.get(reverse("admin:find"), {"q": "Old Acme"}).status_code == 302
    answered.append(replica.since())

    assert b"Old Acme" in listed.content
    assert answered == [["replica"], ["primary"], ["replica"], ["primary"], ["again"]]
    assert Client().get(customers).status_code == 302
    assert replica.since() == ["primary"]


def test_health_and_steps_of_cases_never_lag() -> None:
    for path in (
        "/health/",
        "/health/ready/",
        "/bpm/case/C-1",
        "/bpm/case/C-1/INTPAY-001",
        "/api/receipts/pdf",
    ):
        assert not middleware.may_lag(get_resolver().resolve(path).func), path
    assert middleware.may_lag(get_resolver().resolve("/ledger/balances").func)


def test_lag_counts_from_the_newest_end_that_was_reached() -> None:
    now, ends, told = [0], {"primary": 10, "replica": 10}, []
    asked: list[str] = []

    def answer(name: str) -> int:
        asked.append(name)
        return ends[name]

    lag = Lag(primary=lambda: answer("primary"), replica=lambda: answer("replica"), clock=lambda: now[0])
    assert lag.is_within(5)
    assert lag.is_within(5)
    assert asked == ["primary", "replica"]  # once a second
    ends["primary"] = 20
    for second in range(1, 6):
        now[0] = second
        told.append(lag.is_within(5))
    now[0] = 6
    assert (told, lag.is_within(5)) == ([True] * 5, False)
    ends |= {"primary": 30, "replica": 20}  # what the end was at second 5 at the latest
    now[0] = 8
    assert lag.is_within(5)
    lag.leave()
    assert not lag.is_within(5)
    now[0] = 9
    ends["replica"] = 30
    assert lag.is_within(5)


@pytest.mark.parametrize(("name", "value"), [("USER", "postgres"), ("NAME", "other"), ("USER", "")])
def test_a_replica_is_read_as_the_same_role_in_the_same_database(name: str, value: str) -> None:
    primary = {
        "USER": "app",
        "NAME": "books",
        "HOST": "db1",
        "OPTIONS": {"target_session_attrs": "read-write"},
    }
    address = {"USER": "app", "NAME": "books", "HOST": "db2", "PORT": 5432}

    with pytest.raises(ImproperlyConfigured, match="DATABASE_REPLICA_URL names"):
        replica_of(primary, {**address, name: value})
    made = replica_of(primary, address)

    assert (made["HOST"], made["OPTIONS"]["target_session_attrs"]) == ("db2", "any")
    assert made["ATOMIC_REQUESTS"] is False


def test_patronis_configuration_loses_nothing_and_cancels_no_read() -> None:
    patroni = yaml.safe_load((PROJECT_ROOT / "deploy" / "patroni" / "patroni.yml").read_text())
    shared = patroni["bootstrap"]["dcs"]

    assert shared["synchronous_mode"] is True
    assert shared["maximum_lag_on_failover"] == 0
    assert shared["postgresql"]["use_pg_rewind"] is True
    assert shared["postgresql"]["parameters"]["hot_standby_feedback"] == "on"
    assert {"encoding": "UTF8"} in patroni["bootstrap"]["initdb"]


def test_moments_of_writers_end_and_belong_to_their_user() -> None:
    user_id = 65_535 * 3
    writers.note_writer(user_id)

    assert writers.wrote_within(user_id, 5)
    assert not writers.wrote_within(user_id + 1, 5)
    assert not writers.wrote_within(user_id, 0)
