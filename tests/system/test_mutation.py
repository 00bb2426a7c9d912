"""The check of mutants with everything real: forks of a process that collected tests, each with its database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from batconnect.embedded.paths import PROJECT_ROOT

pytestmark = pytest.mark.system

TRIED = """
import json, sys
import pytest
from mutation.changes import mutants_of
from mutation.modules import read
from mutation.trying import Trials

def last(path, function):
    named = [each for each in mutants_of(path, read(path)) if each.function == function]
    return [each for each in named if each.operator == "nothing returned"][-1]

TEST = "ledger/tests/test_write_off.py::test_posts_up_to_the_limit"
wanted = [
    (last("ledger/services/journal.py", "post_entries"), [TEST], 1),
    (last("ledger/rules/aging.py", "bucket_named"), [TEST], 1),
    (last("ledger/services/journal.py", "post_entries"), [TEST], 1),
]
told = []
trials = Trials(wanted, on_outcome=told.append)
pytest.main(["-q", "-p", "no:cacheprovider", TEST.split("::")[0]], plugins=[trials])
open(sys.argv[1], "w").write(json.dumps([[each.mutant.function, each.became] for each in told]))
"""


def test_a_known_mistake_is_noticed_and_one_beside_the_test_is_not(tmp_path: Path) -> None:
    told = tmp_path / "told.json"

    subprocess.run(
        [sys.executable, "-c", TRIED, str(told)],
        cwd=PROJECT_ROOT,
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        timeout=180,
        check=True,
    )

    assert json.loads(told.read_text(encoding="utf-8")) == [
        ["post_entries", "killed"],
        ["bucket_named", "survived"],
        ["post_entries", "killed"],
    ]
