"""The web server of the Procfile: gunicorn, stopped so that no client's connection is reset.

`python -m batconnect.serving` takes gunicorn's own arguments. gunicorn answers what it has accepted before it goes,
but connections that the kernel has taken for it by then are reset with the listening socket. Here the socket lets
nobody new in first (a client tries again and is refused), and the workers accept whoever is in before they close it.
"""

from __future__ import annotations

import ctypes
import os
import select
import socket
import struct
from typing import Any

from django.apps import apps
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker

from batconnect.core.serving import exposition
from batconnect.core.serving.web_metrics import ADDRESS, PORT, begin_web, prepare_web

_SO_ATTACH_FILTER = 26  # not among the names of Python's socket module
_RETURN = 0x06  # BPF_RET | BPF_K: keep so many bytes of the packet; none drops it


class DrainingWorker(ThreadWorker):
    """A worker that on stopping first accepts every connection that waits, then closes the listening socket."""

    alive: bool

    def run(self) -> None:
        """Serve; the first PDF is prepared meanwhile, where the application makes some."""
        # Django is set up by now, which it is not when the server's own module is read.
        if apps.ready:
            from batconnect.core.files.exports.warming import warm_soon

            warm_soon()
        super().run()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or pause accepting; once the worker stops, accept who waits and end it for good."""
        if self.alive:
            super().set_accept_enabled(enabled)
            return
        for listener in self.sockets:
            while select.select([listener], [], [], 0)[0]:
                self.accept(listener)
        super().set_accept_enabled(False)
        # Whoever comes now is refused at once, instead of waiting for a worker that accepts no more.
        for listener in self.sockets:
            listener.close()
        self.sockets: list[Any] = []

    def is_parent_alive(self) -> bool:
        """Whether the master lives; without it this worker stops as if told to."""
        alive = bool(super().is_parent_alive())
        self.alive = self.alive and alive
        return alive


class DrainingArbiter(Arbiter):
    """A master that stops letting connections in before it stops its workers, and answers for their figures."""

    def start(self) -> None:
        """Listen; from now on Prometheus is answered too, where that is wanted."""
        super().start()
        begin_web()
        if exposition.is_wanted(PORT):
            exposition.answer(port=PORT, address=ADDRESS)

    def stop(self, graceful: bool = True) -> None:
        """Stop the workers, after the waiting connections were accepted if `graceful`."""
        if graceful:
            for listener in self.LISTENERS:
                _admit_nobody(listener.sock)
        super().stop(graceful)


class WebServer(WSGIApplication):
    """gunicorn's command line with that master and those workers."""

    def init(self, parser: Any, opts: Any, args: Any) -> dict[str, Any]:
        """The settings that are not left to the command line's defaults."""
        return {**(super().init(parser, opts, args) or {}), "worker_class": DrainingWorker}

    def run(self) -> None:
        """Serve until told to stop."""
        DrainingArbiter(self).run()


def _admit_nobody(listener: socket.socket) -> None:
    """Let the kernel drop every packet to the listening socket: established connections and waiting ones go on.

    Only the socket as a whole can be told so, not one worker's copy of it.
    """
    program = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN, 0, 0, 0))
    listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))


def main() -> Any:
    """Serve with the arguments of the command line."""
    prepare_web()
    master = os.getpid()
    try:
        return WebServer("%(prog)s [OPTIONS] [APP_MODULE]", prog="batconnect.serving").run()
    finally:
        # A worker that ends comes by here too, and the others still count.
        if os.getpid() == master:
            exposition.remove()


if __name__ == "__main__":
    main()
