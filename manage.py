#!/usr/bin/env python3
"""Runs a management command, with the embedded database and broker up when no other is configured."""

import os
import signal
import sys

from batconnect.embedded.environment import prepare_operators_environment
from batconnect.embedded.errors import EmbeddedError


def main() -> None:
    """Prepare the environment, then hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")
    # By default SIGTERM ends Python on the spot; this way the last user of the embedded servers stops them.
    signal.signal(signal.SIGTERM, _stop)
    try:
        prepare_operators_environment()
    except EmbeddedError as error:
        sys.exit(str(error))
    # Imported late: Django reads the environment that was just prepared.
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def _stop(signum: int, frame: object) -> None:
    sys.exit(128 + signum)


if __name__ == "__main__":
    main()
