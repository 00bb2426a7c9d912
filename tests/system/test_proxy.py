"""The application behind Debian's nginx with the configuration that operators are given (deploy/nginx.conf)."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from django.db import connection

from batconnect.core.models import User
from batconnect.embedded.paths import PROJECT_ROOT
from batconnect.embedded.ports import find_free_port

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]

START_SECONDS: Final = 60
PASSWORD: Final = "a long enough password"
# On Linux all of 127.0.0.0/8 is this machine: clients with addresses of their own.
STRANGER, DESK, DIRECT = "127.0.0.2", "127.0.0.3", "127.0.0.4"
PROXY: Final = "127.0.0.1"


@contextmanager
def running(words: list[str], **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(words, cwd=PROJECT_ROOT, env={**os.environ, **environ}, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while socket.socket().connect_ex((PROXY, port)):
        assert process.poll() is None
        assert time.monotonic() < deadline, f"nothing listens at {port}"
        time.sleep(0.1)


def configuration(folder: Path, *, web: int, plain: int, tls: int) -> Path:
    """The documented file with this test's ports and paths; what is not there to be replaced fails."""
    text = (PROJECT_ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for documented, own in {
        "server web:8000;": f"server {PROXY}:{web};",
        "listen 80;": f"listen {PROXY}:{plain};",
        "listen 443 ssl;": f"listen {PROXY}:{tls} ssl;",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/etc/nginx/tls": str(folder),
        "http {": "http {\n"
        + "".join(
            f"  {kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ),
    }.items():
        assert documented in text
        text = text.replace(documented, own)
    path = folder / "nginx.conf"
    # Where the test runs as root, nginx's workers must still reach the test's folder.
    path.write_text(("user root;\n" if os.geteuid() == 0 else "") + text, encoding="utf-8")
    return path


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[dict[str, int]]:
    """gunicorn as the Procfile starts it, behind nginx; the ports of both."""
    free = {name: find_free_port() for name in ("web", "plain", "tls")}
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ),
            *("-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")),
        ],
        check=True,
        capture_output=True,
    )
    served = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    web = [
        *(
            sys.executable,
            "-m",
            "batconnect.serving",
            "tests.faults.served:application",
            "--bind",
            f"{PROXY}:{free['web']}",
        ),
        *(
            "--workers",
            "2",
            "--threads",
            "4",
            "--no-control-socket",
            "--preload",
        ),
    ]
    nginx = ["nginx", "-p", str(tmp_path), "-c", str(configuration(tmp_path, **free)), "-g", "daemon off;"]
    limits = {"THROTTLE_LOGIN_PER_MINUTE": "0", "THROTTLE_LOGIN_PER_ADDRESS": "0"}
    with (
        running(
            web,
            SERVED_DATABASE_URL=served.geturl(),
            TRUSTED_PROXIES=f"{PROXY}/32",
            BATCONNECT_HTTPS="1",
            BATCONNECT_DATA_DIR=str(tmp_path / "data"),
            **limits,
        ) as application,
        running(nginx) as proxy,
    ):
        wait_for(free["web"], application)
        wait_for(free["tls"], proxy)
        assert ask(free["tls"], "/health/")[0] == 200
        yield free


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def ask(
    port: int, path: str, *, of: str = PROXY, body: Any = None, tls: bool = True, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """A request from the address `of`; status, headers and body."""
    options: dict[str, Any] = {"timeout": 60, "source_address": (of, 0)}
    client = (
        http.client.HTTPSConnection(PROXY, port, context=_unchecked(), **options)
        if tls
        else http.client.HTTPConnection(PROXY, port, **options)
    )
    try:
        sent = {"Host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is None:
            client.request("GET", path, headers=sent)
        else:
            client.request("POST", path, json.dumps(body), {**sent, "Content-Type": "application/json"})
        answer = client.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        client.close()


def sign_in(port: int, password: str, *, of: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return ask(port, "/api/token/", of=of, body={"username": "cashier", "password": password}, **headers)


@pytest.fixture
def cashiers_password(db: None) -> None:
    user = User.objects.get(username="cashier")
    user.set_password(PASSWORD)
    user.save()


def test_half_sent_requests_silence_nobody(ports: dict[str, int]) -> None:
    halves = [
        b"GET /health/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /api/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b'Content-Length: 500\r\n\r\n{"username": "',
    ]
    context, held = _unchecked(), []
    try:
        for number in range(50):
            opened = context.wrap_socket(socket.create_connection((PROXY, ports["tls"]), timeout=30))
            opened.sendall(halves[number % 2])
            held.append(opened)
        time.sleep(0.5)
        seconds = []
        for _ in range(9):
            began = time.monotonic()
            status, _, _ = ask(ports["tls"], "/health/")
            seconds.append(time.monotonic() - began)
            assert status == 200
    finally:
        for opened in held:
            opened.close()

    assert len(held) == 50
    # Whatever else the machine is at: without the proxy none is answered for many seconds.
    assert median(seconds) < 1.0


def test_a_stranger_locks_out_himself_alone(cashiers_password: None, ports: dict[str, int]) -> None:
    tls = ports["tls"]

    # He names other addresses as his own; the proxy says who he is.
    tries = [
        sign_in(tls, "wrong", of=STRANGER, X_Forwarded_For=f"203.0.113.{number}, {DESK}")[0]
        for number in range(11)
    ]
    stranger, desk = sign_in(tls, PASSWORD, of=STRANGER), sign_in(tls, PASSWORD, of=DESK)

    assert tries == [401] * 9 + [429] * 2
    assert json.loads(stranger[2])["code"] == "login_locked"
    assert desk[0] == 200
    assert desk[1]["set-cookie"].startswith("__Host-known_device=")
    assert "secure" in desk[1]["set-cookie"].lower()


def test_only_the_proxy_is_believed_about_tls_and_addresses(
    cashiers_password: None, ports: dict[str, int]
) -> None:
    web = ports["web"]

    direct = ask(web, "/api/me", of=DIRECT, tls=False, X_Forwarded_Proto="https")
    by_proxy = ask(web, "/api/me", of=PROXY, tls=False, X_Forwarded_Proto="https", X_Forwarded_For=DESK)
    through = ask(ports["tls"], "/api/me", of=DESK)
    plain = ask(ports["plain"], "/admin/", of=DESK, tls=False)

    assert (direct[0], direct[1]["location"]) == (301, "https://localhost/api/me")
    assert by_proxy[0] == through[0] == 401
    assert (plain[0], plain[1]["location"]) == (301, "https://localhost/admin/")


def test_no_answer_says_what_serves_it(ports: dict[str, int]) -> None:
    assert ask(ports["web"], "/health/", of=DIRECT, tls=False)[1]["server"] == "web"
    assert ask(ports["tls"], "/health/")[1]["server"] == "nginx"


def test_pages_are_sent_on_to_tls_and_programs_are_refused(ports: dict[str, int]) -> None:
    for path in ("/", "/admin/", "/admin/ledger/entry/?q=1", "/docs"):
        status, headers, _ = ask(ports["plain"], path, tls=False)
        assert (status, headers["location"]) == (301, f"https://localhost{path}")
    for path in ("/api/customers", "/ledger/balances", "/api/token/", "/administration"):
        status, headers, body = ask(ports["plain"], path, tls=False)
        assert (status, headers.get("location")) == (403, None)
        assert b"https://" in body
