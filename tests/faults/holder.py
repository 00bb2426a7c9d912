"""A process on the test's database: with three arguments it holds work until it is killed, else it runs a command."""

from __future__ import annotations

import os
import sys
import time
from uuid import UUID

import django

from batconnect.embedded.environment import prepare_environment


def main(arguments: list[str]) -> None:
    """`hold COMPANY KIND SUBJECT`, or a management command with its options."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")
    prepare_environment()
    os.environ["DATABASE_URL"] = os.environ["SERVED_DATABASE_URL"]
    django.setup()

    from django.core.management import call_command

    from batconnect.core.jobs.holds import hold

    if arguments[0] != "hold":
        call_command(*arguments)
        return
    _, company, kind, subject = arguments
    with hold(company_id=UUID(company), kind=kind, subject=subject, by="a test"):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1:])
