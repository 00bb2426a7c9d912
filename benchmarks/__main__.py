"""`python -m benchmarks [NAME …]`: runs the named ones of BENCHMARKS, or all of them; `--check` holds them against
the table of floors."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

from rich.console import Console

from benchmarks import (
    agencies,
    allocate,
    batches,
    console_lists,
    empty,
    files,
    floors,
    installments,
    lists,
    loans,
    matching,
    outstanding,
    pages,
    payouts,
    peers,
    posting,
    receipts,
    restart,
    scale,
    sealing,
    search,
    settlement,
    statements,
    submit,
)
from benchmarks.results import keep, show
from benchmarks.scratch import scratch

BENCHMARKS = {
    "batches": batches.measure,
    "agencies": agencies.measure,
    "submit": submit.measure,
    "empty": empty.measure,
    "files": files.measure,
    "restart": restart.measure,
    "scale": scale.measure,
    "allocate": allocate.measure,
    "posting": posting.measure,
    "sealing": sealing.measure,
    "peers": peers.measure,
    "installments": installments.measure,
    "receipts": receipts.measure,
    "lists": lists.measure,
    "loans": loans.measure,
    "console_lists": console_lists.measure,
    "search": search.measure,
    "settlement": settlement.measure,
    "outstanding": outstanding.measure,
    "pages": pages.measure,
    "pages_of_many": pages.measure_many,
    "payouts": payouts.measure,
    "matching": matching.measure,
    "statements": statements.measure,
}


def main() -> int:
    """Run what was asked for, one after another; the exit code is 1 when a figure falls short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--no-keep", action="store_true", help="leave RESULTS.md as it is")
    parser.add_argument(
        "--check",
        action="store_true",
        help="only what the table of floors asks for, and whether it is reached",
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    if os.getloadavg()[0] > (os.cpu_count() or 1) / 2:
        console.print("[yellow]This machine is busy with other things: the ratios will be noisy.[/yellow]")
    # By default SIGTERM ends Python on the spot, and the scratch cluster would stay.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    short = False
    with scratch():
        for name in arguments.names or (floors.names() if arguments.check else BENCHMARKS):
            began = time.monotonic()
            console.print(f"… {name}")
            section = BENCHMARKS[name]()
            show(section, console=console)
            console.print(f"[dim]{name}: {time.monotonic() - began:.0f} s[/dim]")
            if not arguments.no_keep:
                keep(section)
            if arguments.check:
                section = floors.held_against(name, section)
                show(section, console=console)
            short |= any(line.met is False for line in section.lines)
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
