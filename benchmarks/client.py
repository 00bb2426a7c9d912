"""The load client, a process of its own: `python -m benchmarks.client`.

Reads jobs from stdin, one JSON line each: `{port, connections, seconds, headers, requests}`, a request being
`[method, path, body]` with headers of its own as an optional fourth; answers each with
`{seconds, done, wrong, latencies}`. Only the loopback address is ever spoken to, the connections are kept alive, and
a job ends with its requests or its seconds, whichever comes first.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from typing import Any

HOST = "127.0.0.1"
MAX_CONNECTIONS = 16


def encode(method: str, path: str, body: str, headers: dict[str, str]) -> bytes:
    """The bytes of a request."""
    content = body.encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {HOST}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def read_answer(stream: Any) -> int:
    """Read one whole answer; its status."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    stream.read(length)
    return status


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Send the requests over the connections, each its share."""
    requests = [
        encode(method, path, body, {**job["headers"], **(own[0] if own else {})})
        for method, path, body, *own in job["requests"]
    ]
    count = min(job["connections"], MAX_CONNECTIONS)
    latencies: list[float] = []
    wrong: dict[int, int] = {}
    ready = threading.Barrier(count + 1)
    deadline = time.perf_counter() + job["seconds"]

    def work(share: list[bytes]) -> None:
        with socket.create_connection((HOST, job["port"]), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = connection.makefile("rb")
            ready.wait()
            for request in share:
                began = time.perf_counter()
                if began > deadline:
                    return
                connection.sendall(request)
                status = read_answer(stream)
                latencies.append(time.perf_counter() - began)
                if not 200 <= status < 300:
                    wrong[status] = wrong.get(status, 0) + 1

    threads = [threading.Thread(target=work, args=(requests[place::count],)) for place in range(count)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return {
        "seconds": time.perf_counter() - began,
        "done": len(latencies),
        "wrong": wrong,
        "latencies": latencies,
    }


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
