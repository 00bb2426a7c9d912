"""A request and the job that it wakes are one trace, as a collector receives it from `make run`'s processes."""

from __future__ import annotations

import http.client
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.system.installation import installed

pytestmark = pytest.mark.system
PATIENCE_SECONDS = 240
ASKED, MADE = "POST ledger/dtrs/export", "run/ledger.export_dtrs"


class Collector:
    """What was sent to it: the program's name, the trace, the span's name and all that it says."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, bytes, str, str]] = []
        ours = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                for part in ExportTraceServiceRequest.FromString(body).resource_spans:
                    named = {each.key: each.value.string_value for each in part.resource.attributes}
                    ours.extend(
                        (named["service.name"], span.trace_id, span.name, str(span))
                        for scope in part.scope_spans
                        for span in scope.spans
                    )
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    threading.Thread(target=collector.server.serve_forever, daemon=True).start()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """The answer's JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status < 300, text
    return json.loads(text)


def wait_for(so: Callable[[], object]) -> None:
    """Until it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not so():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)


def trace_of_both(spans: list[tuple[str, bytes, str, str]]) -> bytes:
    """The trace in which the web server was asked for the file and a worker made it; empty as long as there is none."""
    asked = {trace for program, trace, name, _ in spans if (program, name) == ("batconnect-web", ASKED)}
    made = {trace for program, trace, name, _ in spans if (program, name) == ("batconnect-jobs", MADE)}
    return next(iter(asked & made), b"")


def test_a_request_and_its_job_are_one_trace(collector: Collector) -> None:
    with installed(OTEL_EXPORTER_OTLP_ENDPOINT=collector.address) as installation:
        installation.start()
        port = installation.port
        password = installation.data.demo_logins.read_text().split("Password", 1)[1].split()[0]
        answer = ask(port, "POST", "/api/token/", {"username": "manager", "password": password})
        signed_in = {"Authorization": f"Bearer {answer['access']}"}
        signed_in["X-Company-Id"] = ask(port, "GET", "/api/me", **signed_in)["companies"][0]["id"]
        ask(port, "GET", "/api/customers?name=Alvarez", **signed_in)
        week = ask(port, "GET", "/ledger/dtrs", **signed_in)["items"][0]["week"]
        export = ask(port, "POST", "/ledger/dtrs/export", {"week": week}, **signed_in)
        wait_for(lambda: ask(port, "GET", export["url"], **signed_in)["completed_at"])
        # Spans are sent every five seconds.
        wait_for(lambda: trace_of_both(collector.spans))
        trace = trace_of_both(collector.spans)
        assert "Alvarez" not in "".join(said for *_, said in collector.spans)
        lines = [line for line in installation.log.read_text().splitlines() if trace.hex() in line]
        assert {line.split("|")[0].split()[-1] for line in lines} >= {"web", "worker"}, lines
        assert installation.stop(signal.SIGTERM) == 0
