"""A statement of ten thousand lines is received and booked within the time that people wait for it."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Final

from bank.models import LinePart
from bank.readers.interface import MAX_LINES
from bank.tests.builders import line, parsed, receive, work
from batconnect.core.kernel.actors import Actor

SECONDS: Final = 30


def test_ten_thousand_lines(manager: Actor) -> None:
    lines = [line("1.00", reference=f"R{each}", text=f"Invoice {each}") for each in range(MAX_LINES)]
    # By the process's own clock: others share the machine.
    began = time.process_time()

    receive(manager, parsed(*lines, opening="0.00", closing=str(Decimal(MAX_LINES))), book=False)
    stored = time.process_time()
    work(manager)
    booked = time.process_time()

    print(f"stored in {stored - began:.1f} s, booked in {booked - stored:.1f} s")  # noqa: T201 - shown by -s
    assert LinePart.objects.count() == MAX_LINES
    assert booked - began < SECONDS
