"""A server that has died runs again, and says so."""

import os
import queue
import signal

import psycopg
import pytest

from batconnect.embedded import broker, watching
from batconnect.embedded.environment import leave, prepare_environment
from batconnect.embedded.errors import EmbeddedError
from batconnect.embedded.postgres import open_cluster
from batconnect.embedded.watching import Revived, ServerWatch, Unrevived

PATIENCE = 60


@pytest.fixture
def data(used_data):
    yield used_data
    leave(data=used_data)


@pytest.fixture
def served(data, environ):
    """The environment of a run, its servers up."""
    environ["BATCONNECT_DATA_DIR"] = str(data.path)
    prepare_environment(environ=environ)
    return environ


@pytest.fixture
def events(data, served):
    """What the watch reports."""
    reported = queue.SimpleQueue()
    watch = ServerWatch(data=data, environ=served, report=reported.put)
    watch.begin()
    yield reported
    watch.end()


def kill_postmaster(data):
    os.kill(int(open_cluster(data=data).pid_file.read_text().splitlines()[0]), signal.SIGKILL)


def test_starts_a_killed_database_again(data, served, events):
    kill_postmaster(data)

    event = events.get(timeout=PATIENCE)

    assert isinstance(event, Revived)
    assert (event.what, event.addresses) == ("the database", {})
    with psycopg.connect(served["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_starts_a_killed_broker_again(data, events):
    os.kill(int((data.broker / "redis.pid").read_text()), signal.SIGKILL)

    event = events.get(timeout=PATIENCE)

    assert isinstance(event, Revived)
    assert event.what == "the broker"
    assert broker.recorded_address(data=data).answers()


def test_tells_the_new_address_when_it_had_to_move(data, served, events, monkeypatch):
    def move(*, environ):
        prepare_environment(environ=environ)
        environ["DATABASE_URL"] = "postgresql://elsewhere"

    monkeypatch.setattr(watching, "prepare_environment", move)
    kill_postmaster(data)

    event = events.get(timeout=PATIENCE)

    assert event.addresses == {"DATABASE_URL": "postgresql://elsewhere"}


def test_tries_again_when_it_does_not_start(data, events, monkeypatch):
    starts = []

    def start(*, environ):
        starts.append(environ)
        if len(starts) < 3:
            raise EmbeddedError("No space left on device")
        prepare_environment(environ=environ)

    monkeypatch.setattr(watching, "prepare_environment", start)
    kill_postmaster(data)

    reports = [events.get(timeout=PATIENCE) for _ in range(3)]

    assert [type(event) for event in reports] == [Unrevived, Unrevived, Revived]
    assert "No space left on device" in reports[0].reason
    assert reports[0].wait < reports[1].wait
