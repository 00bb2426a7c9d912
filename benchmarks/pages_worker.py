"""Asks every page of one database's large company: a JSON line for each on stdout. The argument is after how many empty
pages' time a page is asked again."""

from __future__ import annotations

import json
import sys


def main() -> None:
    import django

    django.setup()
    from benchmarks.pages import measured
    from demo.companies import HUDSON

    for asked in measured(HUDSON, ["outsider"], limit=float(sys.argv[1])):
        sys.stdout.write(json.dumps(asked) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
