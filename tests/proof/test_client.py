"""The proof's client: one key until the fate of a request is known, and what it counts on the way."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from proof import client as module
from proof.client import Client, Tokens, Unanswered
from proof.tally import Tally

Say = Callable[[int], tuple[int, dict[str, Any]] | None]


class Server:
    """Answers the n-th request with what it is told, or hangs up; keeps the keys that it saw."""

    def __init__(self, say: Say) -> None:
        self.keys: list[str | None] = []
        seen = self.keys

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                seen.append(self.headers["Idempotency-Key"])
                said = say(len(seen))
                if said is None:
                    self.close_connection = True
                    return
                body = json.dumps(said[1]).encode()
                self.send_response(said[0])
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing on the screen."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Say], tuple[Server, Client, Tally]]]:
    made: list[Server] = []
    monkeypatch.setattr(module, "WAIT_SECONDS", 0)

    def begin(say: Say) -> tuple[Server, Client, Tally]:
        server, tally = Server(say), Tally()
        made.append(server)
        port = server.http.server_address[1]
        tokens = Tokens(port=port, password="")
        client = Client(port=port, tokens=tokens, username="", company="", tally=tally, rng=random.Random(1))  # noqa: S311 - no secret
        return server, client, tally

    yield begin
    for server in made:
        server.http.shutdown()
        server.http.server_close()


def test_repeats_with_the_same_key_until_it_is_answered(serve: Any) -> None:
    answers = {1: None, 2: (503, {"code": "database_away"}), 3: (409, {"code": "busy"}), 4: (201, {"id": 5})}
    server, client, tally = serve(lambda number: answers[number])

    answer = client.post("/x", {"a": 1}, row="payments")

    row = tally.rows["payments"]
    assert (answer.status, answer.was_cut, len(server.keys), len(set(server.keys))) == (201, True, 4, 1)
    assert (row.tried, row.acknowledged, row.cut_off, tally.is_clean) == (1, 1, 1, True)


def test_takes_a_refusal_for_an_answer(serve: Any) -> None:
    server, client, tally = serve(lambda _: (409, {"code": "conflict"}))

    answer = client.post("/x", {}, row="payments")

    assert (answer.code, len(server.keys), tally.rows["payments"].refused) == ("conflict", 1, 1)


def test_a_fault_of_the_server_is_found(serve: Any) -> None:
    _, client, tally = serve(lambda number: (500, {}) if number == 1 else (200, {}))

    client.post("/x", {}, row="payments")

    assert (tally.rows["payments"].server_errors, tally.is_clean) == (1, False)


def test_gives_up_on_silence(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0)
    _, client, _ = serve(lambda _: None)

    with pytest.raises(Unanswered):
        client.post("/x", {}, row="payments")
