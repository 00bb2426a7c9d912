import os
import socket
import subprocess
import sys

from batconnect.embedded.paths import PROJECT_ROOT
from batconnect.embedded.processes import started_at_ticks
from batconnect.embedded.run import MARKER

RUN = [sys.executable, "-m", "batconnect.embedded", "run"]


def run(environ):
    return subprocess.run(
        RUN, cwd=PROJECT_ROOT, env=environ, capture_output=True, text=True, timeout=30, check=False
    )


def test_says_how_to_go_on_when_the_port_is_taken_and_starts_nothing(data, environ):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = run(environ | {"PORT": str(port)})

    assert done.returncode == 1
    assert f"Port {port} is taken by another program. Choose one: PORT={port + 1} make run" in done.stderr
    assert not data.postgres.exists()
    assert not data.broker.exists()


def test_refuses_a_second_run_of_the_same_data_dir(data, environ):
    started = started_at_ticks(pid=os.getpid())
    data.run_record.write_text(f'{{"pid": "{os.getpid()}", "started": "{started}"}}')

    done = run(environ)

    assert done.returncode == 1
    assert f"already being served by process {os.getpid()}" in done.stderr.replace("\n", " ")


def test_ends_what_a_killed_run_left_behind(data, environ):
    orphan = subprocess.Popen(["sleep", "60"], env=environ | {MARKER: str(data.path)})
    stranger = subprocess.Popen(["sleep", "60"], env=environ | {MARKER: f"{data.path}-other"})
    # The number of the killed supervisor was given to another program since.
    data.run_record.write_text(f'{{"pid": "{os.getpid()}", "started": "1"}}')

    with socket.create_server(("127.0.0.1", 0)) as taken:
        run(environ | {"PORT": str(taken.getsockname()[1])})

    assert orphan.wait(timeout=5) != 0
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
