"""Programs that end, hang and are killed, under a supervisor in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from batconnect.embedded import processes
from batconnect.embedded.paths import PROJECT_ROOT

PATIENCE = 60
RUN = """
import os, sys
from batconnect.embedded import supervisor
from batconnect.embedded.errors import EmbeddedError
from batconnect.embedded.journal import Journal
from batconnect.embedded.paths import locate_data_dir
supervisor.STOP_SECONDS = 3.0
supervisor.HEAD_START_SECONDS = 0.1
commands = dict(word.split("=", 1) for word in sys.argv[1:])
data = locate_data_dir(environ=os.environ)
failure = supervisor.Supervisor(commands=commands, data=data, journal=Journal(programs=commands)).run()
print("LAST", failure, flush=True)
"""
STAY = "exec sleep 600"


class Run:
    """The supervisor's process, and what it has printed so far."""

    def __init__(self, environ, commands):
        words = [f"{name}={command}" for name, command in commands.items()]
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, *words],
            cwd=PROJECT_ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines = []

    def read_until(self, words, times=1):
        """The lines up to the one in which `words` stand for so many times."""
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if sum(words in seen for seen in self.lines) >= times:
                return self.lines
        pytest.fail(f"{words!r} was not printed:\n" + "\n".join(self.lines))

    def pid_of(self, name):
        if not any(f"{name} started (process" in line for line in self.lines):
            self.read_until(f"{name} started (process")
        line = [line for line in self.lines if f"{name} started (process" in line][-1]
        return int(line.split("process ")[1].rstrip(")"))

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.lines += rest.splitlines()
        return self.lines


@pytest.fixture
def start(tmp_path, environ):
    """Start a supervisor of these commands; nothing is left of it afterwards."""
    # Other people's servers: there is nothing to watch.
    served = {"DATABASE_URL": "postgresql://a:b@db/c", "CELERY_BROKER_URL": "redis://broker"}
    served |= {"BATCONNECT_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    runs = []

    def start(more=(), **commands):
        runs.append(Run(environ | served | dict(more), commands))
        return runs[-1]

    yield start
    for run in runs:
        pids = processes.with_environment(name="BATCONNECT_DATA_DIR", value=str(tmp_path))
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        run.process.wait(timeout=PATIENCE)
        run.process.stdout.close()


def test_a_killed_program_starts_again_and_the_others_stay(start):
    run = start(web=STAY, worker=STAY)
    run.read_until("worker started")
    web, worker = run.pid_of("web"), run.pid_of("worker")

    os.kill(worker, signal.SIGKILL)
    run.read_until("worker started", times=2)

    assert any("worker was ended by SIGKILL; it starts again in 0.2 s" in line for line in run.lines)
    assert run.pid_of("worker") != worker
    assert processes.is_alive(pid=web)
    lines = run.stop()
    assert lines[-1] == "LAST "
    assert run.process.returncode == 0


def test_the_web_stays_up_whatever_becomes_of_the_others(start):
    run = start(web=STAY, worker="exit 3", beat="exit 4")
    run.read_until("worker ended with exit code 3", times=6)

    assert processes.is_alive(pid=run.pid_of("web"))
    waits = [line.rsplit("in ", 1)[1] for line in run.lines if "worker ended" in line]
    assert waits == ["0.2 s", "0.4 s", "0.8 s", "1.6 s", "3.2 s", "6.4 s"]


def test_says_at_last_what_ended_and_what_to_do_when_the_web_never_works(start):
    run = start(web="echo the port is bewitched; exit 3", worker=STAY)

    lines = run.read_until("LAST")

    assert any("the port is bewitched" in line for line in lines)
    assert "web ended with exit code 3, 5 times in a row" in lines[-1]
    assert "start `make run` again" in lines[-1]
    assert not processes.is_alive(pid=run.pid_of("worker"))


def test_children_of_a_killed_program_are_gone_before_it_starts_again(start):
    run = start(web="sleep 500 & exec sleep 600")
    run.read_until("web started")
    web = run.pid_of("web")
    deadline = time.monotonic() + PATIENCE
    while len(processes.in_group(group=web)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    family = processes.in_group(group=web)

    os.kill(web, signal.SIGKILL)
    run.read_until("web started", times=2)

    assert len(family) == 2
    assert [pid for pid in family if processes.is_alive(pid=pid)] == []


def test_a_stop_waits_for_what_was_begun(start):
    run = start(web="trap 'sleep 1; echo finished; exit 0' TERM; echo ready; while true; do sleep 0.1; done")
    run.read_until("| ready")

    lines = run.stop()

    assert any("SIGTERM: finishing what was begun" in line for line in lines)
    assert any(line.endswith("| finished") for line in lines)
    assert not any("is killed" in line for line in lines)


def test_a_stop_ends_what_does_not_end(start):
    run = start(web="trap '' TERM; echo ready; while true; do sleep 0.1; done")
    run.read_until("| ready")

    lines = run.stop()

    assert any("web is killed: not ended after 3 s" in line for line in lines)
    assert lines[-1] == "LAST "


def test_a_second_interrupt_waits_for_nothing(start):
    run = start(web="trap '' TERM INT; echo ready; while true; do sleep 0.1; done")
    run.read_until("| ready")
    run.process.send_signal(signal.SIGINT)
    run.read_until("SIGINT: finishing")

    lines = run.stop(signal.SIGINT)

    assert any("web is killed: interrupted again" in line for line in lines)


def test_nobody_gets_the_owners_addresses(start):
    owner = {"DATABASE_OWNER_URL": "postgresql://owner", "DATABASE_SUPERUSER_URL": "postgresql://super"}
    run = start(owner, web="env; exec sleep 600")

    lines = run.read_until("CELERY_BROKER_URL=")
    lines = run.stop()

    assert any("DATABASE_URL=postgresql://a:b@db/c" in line for line in lines)
    assert not any("OWNER_URL" in line or "SUPERUSER_URL" in line for line in lines)


def test_goes_on_when_nobody_reads_what_it_prints(start):
    run = start(web="while true; do echo line; sleep 0.05; done", worker=STAY)
    run.read_until("| line")
    worker = run.pid_of("worker")
    run.process.stdout.close()
    time.sleep(0.5)

    assert run.process.poll() is None
    assert processes.is_alive(pid=worker)
    run.process.stdout = open(os.devnull)  # noqa: SIM115 - the fixture closes it
