import base64
import os
import signal
import stat
import subprocess
import sys
import time

import psycopg
import pytest

from batconnect.embedded import environment
from batconnect.embedded.environment import leave, prepare_environment, prepare_operators_environment
from batconnect.embedded.errors import EmbeddedError
from batconnect.embedded.paths import PROJECT_ROOT, DataDir
from batconnect.embedded.postgres import open_cluster
from batconnect.embedded.processes import wait_until_gone


@pytest.fixture
def data(used_data):
    return used_data


@pytest.fixture(autouse=True)
def no_lasting_membership(data):
    yield
    leave(data=data)


def start_user(environ, *command):
    words = [sys.executable, "-m", "batconnect.embedded", "exec", "--", *command]
    return subprocess.Popen(
        words, cwd=PROJECT_ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def start_waiting_user(environ):
    user = start_user(environ, sys.executable, "-c", "print('up', flush=True); input()")
    assert user.stdout.readline() == "up\n"
    return user


def is_up(data):
    return bool(open_cluster(data=data).backends())


def test_sets_what_is_not_set(data, environ):
    prepare_environment(environ=environ)

    assert environ["DATABASE_URL"].startswith("postgresql://batconnect_app:")
    assert not {"DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL"} & set(environ)
    assert environ["CELERY_BROKER_URL"].startswith("redis+socket:///")
    assert environ["BATCONNECT_EMBEDDED"] == "1"
    assert len(environ["SECRET_KEY"]) >= 50
    assert len(base64.urlsafe_b64decode(environ["ENCRYPTION_KEYS"])) == 32


def test_an_operators_command_may_act_as_the_owner(data, environ):
    prepare_operators_environment(environ=environ)

    assert environ["DATABASE_URL"].startswith("postgresql://batconnect_app:")
    assert environ["DATABASE_OWNER_URL"].startswith("postgresql://batconnect_owner:")
    assert environ["DATABASE_SUPERUSER_URL"].startswith("postgresql://postgres:")


def test_an_operators_command_gets_no_owner_of_somebody_elses_database(folder, environ):
    environ |= {"DATABASE_URL": "postgresql://a:b@db/c", "CELERY_BROKER_URL": "redis://broker"}

    prepare_operators_environment(environ=environ)

    assert not {"DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL"} & set(environ)


@pytest.mark.parametrize("module", ["batconnect.wsgi", "batconnect.celery"])
@pytest.mark.usefixtures("django_db_setup")  # which gives the runtime role its limits
def test_what_serves_forgets_the_owner_it_was_given(environ, module):
    script = (
        f"import {module}, os; print([name for name in os.environ if 'OWNER' in name or 'SUPERUSER' in name])"
    )
    served = {**os.environ, "DATABASE_OWNER_URL": "postgresql://owner", "DATABASE_SUPERUSER_URL": "x"}

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT_ROOT,
        env=served,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_what_is_set_wins_and_starts_nothing(folder, environ):
    environ["BATCONNECT_DATA_DIR"] = str(folder / "var")
    environ |= {"DATABASE_URL": "postgresql://a:b@db/c", "CELERY_BROKER_URL": "redis://broker"}

    prepare_environment(environ=environ)

    assert environ["DATABASE_URL"] == "postgresql://a:b@db/c"
    assert environ["CELERY_BROKER_URL"] == "redis://broker"
    assert "BATCONNECT_EMBEDDED" not in environ
    assert not {"SECRET_KEY", "ENCRYPTION_KEYS"} & environ.keys()
    assert not (folder / "var").exists()


def test_a_configured_database_gets_no_made_up_secret_key(folder, environ):
    environ["BATCONNECT_DATA_DIR"] = str(folder / "var")
    environ["DATABASE_URL"] = "postgresql://a:b@db/c"

    prepare_environment(environ=environ)

    assert environ["CELERY_BROKER_URL"].startswith("redis+socket:///")
    assert not {"SECRET_KEY", "ENCRYPTION_KEYS"} & environ.keys()
    assert not (folder / "var" / "postgres").exists()
    assert leave(data=DataDir(path=folder / "var"))


@pytest.mark.parametrize(
    ("name", "file"), [("SECRET_KEY", "secret-key"), ("ENCRYPTION_KEYS", "encryption-keys")]
)
def test_keeps_a_secret_key_to_itself(data, environ, name, file):
    prepare_environment(environ=environ)
    first = environ.pop(name)

    prepare_environment(environ=environ)

    assert environ[name] == first
    assert stat.S_IMODE((data.path / file).stat().st_mode) == 0o600


def test_inherited_addresses_are_made_sure_of_again(data, environ):
    prepare_environment(environ=environ)
    inherited = dict(environ)
    for pid in open_cluster(data=data).backends():
        os.kill(pid, signal.SIGKILL)

    prepare_environment(environ=inherited)

    with psycopg.connect(inherited["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_last_one_out_stops_the_servers(data, environ):
    first = start_waiting_user(environ)
    second = start_waiting_user(environ)

    first.communicate("\n", timeout=20)
    assert is_up(data)
    second.communicate("\n", timeout=20)

    assert not is_up(data)
    assert (first.returncode, second.returncode) == (0, 0)


def test_a_killed_user_keeps_nobody_from_stopping_the_servers(data, environ):
    killed = start_waiting_user(environ)
    killed.kill()
    killed.wait(timeout=20)
    killed.stdin.close()
    killed.stdout.close()
    assert is_up(data)

    other = start_waiting_user(environ)
    other.communicate("\n", timeout=20)

    assert other.returncode == 0
    assert not is_up(data)


def test_a_forked_child_does_not_leave_for_its_parent(data, environ):
    prepare_environment(environ=environ)

    child = os.fork()
    if child == 0:
        os._exit(1 if leave(data=data) else 0)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert is_up(data)
    assert environment.has_users(data=data)
    assert leave(data=data)
    assert not is_up(data)


def test_exec_hands_back_the_exit_code(environ):
    user = start_user(environ, "sh", "-c", "exit 7")

    user.communicate(timeout=20)

    assert user.returncode == 7


def test_exec_hands_signals_on_and_stops_the_servers(data, environ):
    user = start_waiting_user(environ)

    user.send_signal(signal.SIGTERM)
    # Its standard input stays open until then: the command would end by itself.
    user.wait(timeout=20)

    assert user.returncode == 128 + signal.SIGTERM
    assert not is_up(data)


def test_stop_refuses_while_the_servers_are_in_use(data, environ):
    user = start_waiting_user(environ)

    stop = subprocess.run(
        [sys.executable, "-m", "batconnect.embedded", "stop"],
        cwd=PROJECT_ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert stop.returncode == 1
    assert "in use" in stop.stderr
    assert is_up(data)
    user.communicate("\n", timeout=20)


def test_says_what_to_do_about_a_data_dir_that_cannot_be_made(folder, environ):
    (folder / "file").write_text("")
    environ["BATCONNECT_DATA_DIR"] = str(folder / "file" / "var")

    with pytest.raises(EmbeddedError, match="Set BATCONNECT_DATA_DIR"):
        prepare_environment(environ=environ)


def test_waiting_for_processes_ends_in_time():
    began = time.monotonic()

    gone = wait_until_gone(pids=lambda: [os.getpid()], seconds=0.1)

    assert gone is False
    assert time.monotonic() - began < 2


def test_the_data_dir_is_absolute_and_beside_manage_py_by_default():
    data = environment.locate_data_dir(environ={})

    assert data == DataDir(path=PROJECT_ROOT / "var", durable=True)
    assert (PROJECT_ROOT / "manage.py").exists()
