"""When a program that has ended is started again: systemd's rules, with its names (ADR 0022)."""

from dataclasses import dataclass

RESTART_SECONDS = 0.2
"""RestartSec=: the wait before the first new start; doubled for each one that follows in a row (RestartSteps=)."""
LONGEST_SECONDS = 15.0
"""RestartMaxDelaySec=: it is never given up, and never waited for longer."""
STEADY_SECONDS = 10.0
"""A program that ran this long is steady: its next end is the first in a row again."""
START_LIMIT = 5
"""StartLimitBurst=: after so many ends in a row, a program that has never run steadily counts as broken."""


@dataclass
class Restarts:
    """How often a program has ended in a row, and whether it ever ran steadily."""

    in_a_row: int = 0
    was_steady: bool = False

    def wait_after(self, *, ran_seconds: float) -> float:
        """Note that it ended after this many seconds, and return how many to wait before it is started again."""
        if ran_seconds >= STEADY_SECONDS:
            self.was_steady = True
            self.in_a_row = 0
        self.in_a_row += 1
        return min(RESTART_SECONDS * 2.0 ** (self.in_a_row - 1), LONGEST_SECONDS)

    @property
    def never_works(self) -> bool:
        """True when it has ended START_LIMIT times and never ran steadily: something must be fixed first."""
        return not self.was_steady and self.in_a_row >= START_LIMIT
