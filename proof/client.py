"""A client as one should be: it repeats a request with the same key until it knows what became of it."""

from __future__ import annotations

import dataclasses
import http.client
import json
import random
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from proof.tally import Tally

HOST: Final = "127.0.0.1"
PATIENCE_SECONDS: Final = 180.0
ANSWER_SECONDS: Final = 40.0
WAIT_SECONDS: Final = 0.15
AGAIN_CODES: Final = {"busy", "idempotency_in_progress"}
AGAIN: Final = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class Unanswered(Exception):
    """No answer within PATIENCE_SECONDS, whatever was tried."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `body` has exact numbers, and is bytes where it is not JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]
    was_cut: bool = False
    """Whether an earlier try of the same request was not answered."""

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def was_replayed(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def code(self) -> str:
        """The problem's code, if it is one."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""

    def __str__(self) -> str:
        return f"{self.status} {str(self.body)[:400]}"


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart form: a file beside plain fields."""

    name: str
    content: bytes
    fields: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> tuple[bytes, str]:
        """The body and its content type."""
        boundary = "proof-7c0b2b9e"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in self.fields.items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{self.name}"\r\n'
        parts.append(
            head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + self.content + b"\r\n"
        )
        return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Tokens:
    """The access token of each person, shared by all threads."""

    def __init__(self, *, port: int, password: str) -> None:
        self._port = port
        self._password = password
        self._lock = threading.Lock()
        self._held: dict[str, str] = {}

    def of(self, username: str, *, instead_of: str = "") -> str:
        """A token; another one than the given, which was refused. Raises OSError, ValueError while nobody answers."""
        with self._lock:
            held = self._held.get(username, "")
            if held and held != instead_of:
                return held
            connection = http.client.HTTPConnection(HOST, self._port, timeout=ANSWER_SECONDS)
            try:
                body = json.dumps({"username": username, "password": self._password})
                connection.request("POST", "/api/token/", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                said = json.loads(answer.read())
            finally:
                connection.close()
            if answer.status != HTTPStatus.OK:
                raise OSError(f"sign-in of {username}: {answer.status} {said}")
            self._held[username] = said["access"]
            return self._held[username]


class Client:
    """One person's client, or with no name somebody's who is not signed in; one thread uses it at a time."""

    def __init__(
        self,
        *,
        port: int,
        tokens: Tokens,
        username: str,
        company: str,
        tally: Tally,
        rng: random.Random,
        strange: Callable[[bytes, bytes], str] = lambda content, asked: "",
        cut_share: float = 0.0,
    ) -> None:
        self._port, self._tokens, self._tally, self._rng = port, tokens, tally, rng
        self.username, self.company = username, company
        self._strange = strange
        self._cut_share = cut_share
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, *, row: str = "reads", headers: Mapping[str, str] | None = None) -> Answer:
        """Read, as often as it takes to be answered."""
        return self._until_answered(row, "GET", path, None, dict(headers or {}), cut="")

    def post(
        self, path: str, body: Any = None, *, row: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Do something once: counted, repeated with one key until its fate is known, and now and then cut off.

        Raises Unanswered.
        """
        self._tally.count(row, "tried")
        cut = ""
        if self._rng.random() < self._cut_share:
            cut = self._rng.choice(("before", "after"))
        key = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        held = {"Idempotency-Key": key, **(headers or {})}
        answer = self._until_answered(row, "POST", path, body, held, cut=cut)
        self._tally.count(row, "acknowledged" if answer.is_success else "refused")
        return answer

    def patch(self, path: str, body: Any, *, row: str) -> Answer:
        """Change something, which repeated is the same."""
        self._tally.count(row, "tried")
        answer = self._until_answered(row, "PATCH", path, body, {}, cut="")
        self._tally.count(row, "acknowledged" if answer.is_success else "refused")
        return answer

    def delete(self, path: str, *, row: str) -> Answer:
        """Take something away; without a key a repetition may find it gone."""
        self._tally.count(row, "tried")
        answer = self._until_answered(row, "DELETE", path, None, {}, cut="")
        self._tally.count(row, "acknowledged" if answer.is_success else "refused")
        return answer

    def once(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One try, as it comes. Raises OSError, HTTPException, ValueError where there is no answer."""
        return self._send(method, path, body, dict(headers or {}), cut="")

    def _until_answered(
        self, row: str, method: str, path: str, body: Any, headers: dict[str, str], *, cut: str
    ) -> Answer:
        deadline = time.monotonic() + PATIENCE_SECONDS
        was_cut = was_fault = False
        last: object = None
        while last is None or time.monotonic() < deadline:
            try:
                answer = self._send(method, path, body, headers, cut=cut)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.close()
                last = error
                if not was_cut:
                    was_cut = True
                    self._tally.count(row, "cut_off")
            else:
                last = answer
                if answer.status == HTTPStatus.UNAUTHORIZED and self.username:
                    self._renew(headers)
                elif answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
                    if not was_fault:
                        was_fault = True
                        self._tally.find(row, "server_errors", f"{method} {path}: {answer}")
                elif answer.status not in AGAIN and not (
                    answer.status == HTTPStatus.CONFLICT and answer.code in AGAIN_CODES
                ):
                    return dataclasses.replace(answer, was_cut=was_cut)
                elif answer.status == HTTPStatus.SERVICE_UNAVAILABLE and not was_cut:
                    was_cut = True
                    self._tally.count(row, "cut_off")
            cut = ""
            time.sleep(WAIT_SECONDS)
        raise Unanswered(f"{method} {path}: {last}")

    def _renew(self, headers: dict[str, str]) -> None:
        refused = headers.pop("Authorization", "").removeprefix("Bearer ")
        try:
            self._tokens.of(self.username, instead_of=refused)
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            return

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str], *, cut: str) -> Answer:
        content, media_type = _encode(body)
        if self.username:
            headers["Authorization"] = f"Bearer {self._tokens.of(self.username)}"
        sent = {**({"X-Company-Id": self.company} if self.company else {}), **headers}
        if content:
            sent["Content-Type"] = media_type
        if self._connection is None:
            self._connection = http.client.HTTPConnection(HOST, self._port, timeout=ANSWER_SECONDS)
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.request(method, path, content or None, sent)
        if cut == "before":
            time.sleep(self._rng.random() * 0.1)
            raise OSError("we hung up before the answer")
        answer = self._connection.getresponse()
        if cut == "after":
            raise OSError("we hung up on the answer")
        received = answer.read()
        said = {name.lower(): value for name, value in answer.getheaders()}
        if said.get("connection") == "close":
            self.close()
        strange = self._strange(received, path.encode() + content)
        if strange:
            self._tally.find("tenancy: canaries", "leaked", f"{self.username}: {method} {path}: {strange}")
        kind = said.get("content-type", "")
        return Answer(
            answer.status,
            json.loads(received or b"null", parse_float=Decimal) if "json" in kind else received,
            said,
        )

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _encode(body: Any) -> tuple[bytes, str]:
    if body is None:
        return b"", ""
    if isinstance(body, Upload):
        return body.encode()
    if isinstance(body, bytes):
        return body, "application/json"
    return json.dumps(body, default=str).encode(), "application/json"
