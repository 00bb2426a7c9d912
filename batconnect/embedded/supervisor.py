"""Runs the Procfile's processes side by side."""

import os
import signal
from pathlib import Path

from honcho.compat import ProcessManager
from honcho.environ import parse_procfile
from honcho.manager import SIGNALS, Manager
from honcho.printer import Printer


class _MainProcessFirst(ProcessManager):
    """Asks only the process itself to stop: it then winds up its own children.

    The signal to the whole group would kill a Celery child in the middle of its task. SIGKILL, for one that
    does not stop in time, still goes to the group. Each line of the Procfile begins with `exec`, so that the
    process is the program and not a shell.
    """

    def terminate(self, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            return


def supervise(*, procfile: Path, printer: Printer) -> int:
    """Run the processes until one ends or a signal comes, then stop all; returns 0 after a signal.

    They inherit this process's environment.
    """
    manager = Manager(printer=printer)
    manager._procmgr = _MainProcessFirst()
    for name, command in parse_procfile(procfile.read_text(encoding="utf-8")).processes.items():
        manager.add_process(name, command, cwd=str(procfile.parent))
    manager.loop()
    told_to_stop = manager.returncode in {entry["rc"] for entry in SIGNALS.values()}
    # A process that ends by itself, even with 0, was not told to: the run has failed.
    return 0 if told_to_stop else manager.returncode or 1
