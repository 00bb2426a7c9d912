"""What /proc says about processes.

A process id alone proves nothing: ids are reused, and zombies keep theirs.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")
POLL_SECONDS = 0.02


def state(*, pid: int) -> str | None:
    """The state letter of /proc/PID/stat (`Z` is a zombie), or None when there is no such process."""
    fields = _fields_after_name(pid)
    return fields[0] if fields else None


def started_at_ticks(*, pid: int) -> int | None:
    """When the process started, in clock ticks since boot: with the id it names one process for good."""
    fields = _fields_after_name(pid)
    return int(fields[19]) if fields else None


def parent(*, pid: int) -> int | None:
    """The process's parent, or None when there is no such process."""
    fields = _fields_after_name(pid)
    return int(fields[1]) if fields else None


def _fields_after_name(pid: int) -> list[str]:
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def is_alive(*, pid: int) -> bool:
    """True when the process exists and is not a zombie: one that PID 1 never reaps still answers signal 0."""
    return state(pid=pid) not in (None, "Z", "X")


def command_line(*, pid: int) -> str:
    """The process's command line, blank between its words; empty for a zombie or none at all."""
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()


def with_words(*, words: str, program: str) -> list[int]:
    """Living processes whose program has this name and whose command line holds `words`."""
    return _living(lambda pid: words in command_line(pid=pid) and _program(pid) == program)


def with_environment(*, name: str, value: str) -> list[int]:
    """Living processes of this user, other than the caller, that were started with `name=value`."""
    variable = f"{name}={value}".encode()
    return [pid for pid in _living(lambda pid: variable in _environment(pid)) if pid != os.getpid()]


def in_group(*, group: int) -> list[int]:
    """Living processes of the process group."""
    return _living(lambda pid: _fields_after_name(pid)[2:3] == [str(group)])


def _living(matches: Callable[[int], bool]) -> list[int]:
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if matches(pid) and is_alive(pid=pid)]


def _program(pid: int) -> str:
    try:
        return (PROC / str(pid) / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _environment(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []


def wait_until_gone(*, pids: Callable[[], list[int]], seconds: float) -> bool:
    """Wait until the call no longer gives a process; False when some are left after `seconds`."""
    deadline = time.monotonic() + seconds
    while pids():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def end(*, pids: Callable[[], list[int]], gentle: signal.Signals, seconds: float) -> None:
    """Send `gentle` to the processes the call gives, and SIGKILL to those still there after `seconds`."""
    for sent, patience in ((gentle, seconds), (signal.SIGKILL, seconds)):
        for pid in pids():
            try:
                os.kill(pid, sent)
            except ProcessLookupError:
                continue
        if wait_until_gone(pids=pids, seconds=patience):
            return
