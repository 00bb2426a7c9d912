#!/usr/bin/env python3
"""Runs a management command, with the embedded database and broker up when no other is configured."""

import os
import sys

from batconnect.embedded.environment import prepare_environment
from batconnect.embedded.errors import EmbeddedError


def main() -> None:
    """Prepare the environment, then hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")
    try:
        prepare_environment()
    except EmbeddedError as error:
        sys.exit(str(error))
    # Imported late: Django reads the environment that was just prepared.
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
