"""Runs a command in the foreground, as if it had been called directly."""

import signal
import subprocess
from collections.abc import Sequence
from types import FrameType

FORWARDED = (signal.SIGTERM, signal.SIGHUP)


def run_forwarding_signals(*, command: Sequence[str]) -> int:
    """Run the command, hand signals on to it, and return its exit code (128 + signal when one ended it).

    Ctrl-C reaches the command by the terminal itself; here it is only waited out.
    """
    with subprocess.Popen(command) as child:  # noqa: S603 - the operator's own command

        def forward(signum: int, frame: FrameType | None) -> None:
            child.send_signal(signum)

        before = {number: signal.signal(number, forward) for number in FORWARDED}
        before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            code = child.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return 128 - code if code < 0 else code
