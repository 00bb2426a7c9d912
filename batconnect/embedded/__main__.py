"""`python -m batconnect.embedded`: the embedded servers from the command line."""

import argparse
import os
import sys

from rich.console import Console

from . import broker, postgres
from .environment import has_users, prepare_operators_environment, stop_servers
from .errors import EmbeddedError
from .files import exclusive
from .forwarding import run_forwarding_signals
from .paths import locate_data_dir
from .run import run


def main() -> int:
    """Parse the command line, do it, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m batconnect.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    execute = commands.add_parser("exec", help="run a command with database and broker up")
    execute.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    commands.add_parser("run", help="start everything and stay")
    commands.add_parser("status", help="say what runs; exit 1 when nothing does")
    stop = commands.add_parser("stop", help="stop the servers, unless they are in use")
    stop.add_argument("--force", action="store_true", help="even when they are in use")
    arguments = parser.parse_args()
    try:
        if arguments.command == "exec":
            return _execute(words=arguments.words)
        if arguments.command == "run":
            return run()
        return _status() if arguments.command == "status" else _stop(force=arguments.force)
    except EmbeddedError as error:
        Console(stderr=True, highlight=False).print(f"[red]✗[/red] {error}", soft_wrap=True)
        return 1


def _execute(*, words: list[str]) -> int:
    command = words[1:] if words[:1] == ["--"] else words
    if not command:
        raise EmbeddedError("Say what to run: python -m batconnect.embedded exec -- COMMAND")
    prepare_operators_environment()
    return run_forwarding_signals(command=command)


def _status() -> int:
    data = locate_data_dir(environ=os.environ)
    database = postgres.recorded_address(data=data)
    queue = broker.recorded_address(data=data)
    database_up = database is not None and postgres.open_cluster(data=data).answers(port=database.port)
    broker_up = queue is not None and queue.answers()
    used = data.users.exists() and has_users(data=data)
    console = Console(highlight=False)
    console.print(f"data dir  {data.path}", soft_wrap=True)
    console.print(f"database  {f'port {database.port}' if database and database_up else 'down'}")
    console.print(f"broker    {(queue.socket_path or queue.port) if queue and broker_up else 'down'}")
    console.print(f"in use    {'yes' if used else 'no'}")
    return 0 if database_up or broker_up else 1


def _stop(*, force: bool) -> int:
    data = locate_data_dir(environ=os.environ)
    if not data.path.exists():
        return 0
    with exclusive(path=data.lock):
        if has_users(data=data) and not force:
            raise EmbeddedError("The servers are in use. Stop their users first, or add --force.")
        stop_servers(data=data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
