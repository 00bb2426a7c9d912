"""The document holds for what no client of ours would send: schemathesis, from a fixed seed (schemathesis.toml).

Every operation is called with examples and at random; every third one also with each wrong value of each member.
`OPENAPI_SHARE=1 OPENAPI_EXAMPLES=40 make test-system ARGS="tests/system/test_openapi.py"` leaves nothing out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest

from batconnect.embedded.paths import PROJECT_ROOT
from demo.companies import BIG_APPLE
from tests.system.browser.serving import PASSWORD, demo_database, running

pytestmark = pytest.mark.system

SEED: Final = os.environ.get("OPENAPI_SEED", "20260131")
EXAMPLES: Final = os.environ.get("OPENAPI_EXAMPLES", "2")
SHARE: Final = int(os.environ.get("OPENAPI_SHARE", "3"))
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
            whole = _document(served.url, folder)
            runs = [(whole, "examples,fuzzing"), (_share_of(whole), "coverage")]
            done = list(pool.map(lambda half: [_look(served.url, *run, *half) for run in runs], HALVES))
            served.manage("verify_ledger")
    finally:
        shutil.rmtree(folder)

    for each in chain.from_iterable(done):
        assert each.returncode == 0, each.stdout[-30_000:]


def _document(url: str, folder: Path) -> Path:
    """The document as it is served, in a file: schemathesis itself waits for it for ten seconds at most."""
    asked = urllib.request.Request(f"{url}/api/schema/", headers={"Accept": "application/json"})  # noqa: S310 - our own server
    with urllib.request.urlopen(asked, timeout=120) as answer:  # noqa: S310 - as above
        document = folder / "openapi.json"
        document.write_bytes(answer.read())
    return document


def _share_of(document: Path) -> Path:
    """The document with one path of SHARE, always the same ones."""
    said = json.loads(document.read_bytes())
    said["paths"] = {
        path: operations
        for path, operations in said["paths"].items()
        if zlib.crc32(path.encode()) % SHARE == 0
    }
    share = document.with_name("share.json")
    share.write_text(json.dumps(said))
    return share


def _look(url: str, document: Path, phases: str, *operations: str) -> subprocess.CompletedProcess[str]:
    """Everything that schemathesis finds in those operations as the demo's finance manager."""
    return subprocess.run(
        [
            *(Path(sys.executable).parent / "st", "--no-color", "run", document, "--url", url, *operations),
            *("--phases", phases, "--max-examples", EXAMPLES),
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
