"""The document holds for what no client of ours would send: schemathesis, from a fixed seed (schemathesis.toml).

`OPENAPI_EXAMPLES=40 make test-system ARGS="tests/system/test_openapi.py"` looks longer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from batconnect.embedded.paths import PROJECT_ROOT
from demo.companies import BIG_APPLE
from tests.system.browser.serving import PASSWORD, demo_database, running

pytestmark = pytest.mark.system

SEED: Final = "20260131"
EXAMPLES: Final = os.environ.get("OPENAPI_EXAMPLES", "2")
# A limit's answer (429) would stand in the place of every other.
UNLIMITED: Final = dict.fromkeys(
    (
        *("THROTTLE_LOGIN_PER_MINUTE", "THROTTLE_LOGIN_PER_ADDRESS", "THROTTLE_WRITES_PER_SECOND"),
        *("THROTTLE_BATCHES_PER_MINUTE", "EXPORTS_AT_ONCE", "DOCUMENTS_AT_ONCE"),
    ),
    "0",
)


# Two programs rather than threads of one: the generator is not made for threads.
HALVES: Final = (("--include-path-regex", "^/api/"), ("--exclude-path-regex", "^/api/"))


def test_nothing_is_answered_that_is_not_declared(django_db_setup: None, django_db_blocker: Any) -> None:
    folder = Path(tempfile.mkdtemp(prefix="batconnect-openapi-"))
    try:
        with (
            django_db_blocker.unblock(),
            demo_database(folder) as database,
            running(folder, database, **UNLIMITED) as served,
            ThreadPoolExecutor() as pool,
        ):
            document = _document(served.url, folder)
            halves = list(pool.map(lambda half: _look(served.url, document, *half), HALVES))
            served.manage("verify_ledger")
    finally:
        shutil.rmtree(folder)

    for done in halves:
        assert done.returncode == 0, done.stdout[-30_000:]


def _document(url: str, folder: Path) -> Path:
    """The document as it is served, in a file: schemathesis itself waits for it for ten seconds at most."""
    with urllib.request.urlopen(f"{url}/api/schema/", timeout=120) as answer:  # noqa: S310 - our own server
        kind = "json" if "json" in answer.headers["Content-Type"] else "yaml"
        document = folder / f"openapi.{kind}"
        document.write_bytes(answer.read())
    return document


def _look(url: str, document: Path, *operations: str) -> subprocess.CompletedProcess[str]:
    """Everything that schemathesis finds in those operations as the demo's finance manager."""
    return subprocess.run(
        [
            *(Path(sys.executable).parent / "st", "--no-color", "run", document, "--url", url, *operations),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES),
            *("--seed", SEED, "--warnings", "off"),
        ],
        cwd=PROJECT_ROOT,
        env=os.environ
        | {
            "BATCONNECT_USER": "careful",
            "BATCONNECT_PASSWORD": PASSWORD,
            "BATCONNECT_COMPANY": str(BIG_APPLE),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
