"""The snapshot of advisories is read rightly, is about what is pinned, and a secret in a file is found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.advisories import ROOT, SNAPSHOT, concerns, find_problems, from_database, read_pins

SNAP: dict[str, Any] = {
    "versions": {"django": "5.0.7"},
    "advisories": [
        {
            "name": "django",
            "version": "5.0.7",
            "id": "PYSEC-2024-70",
            "aliases": ["CVE-2024-42005"],
            "fixed_in": ["5.0.8"],
        }
    ],
    "accepted": {},
}
ENTRY = """
id: PYSEC-2024-70
aliases: [CVE-2024-42005]
affected:
- package: {ecosystem: PyPI, name: django}
  ranges:
  - type: ECOSYSTEM
    events: [{introduced: "5.0"}, {fixed: 5.0.8}, {introduced: "4.2"}, {fixed: 4.2.15}]
  versions: ["5.0.1"]
"""


def test_nothing_pinned_has_an_advisory_without_a_reason() -> None:
    assert find_problems(json.loads(SNAPSHOT.read_text(encoding="utf-8")), read_pins()) == []


def test_what_runs_is_pinned_alike_where_it_is_developed() -> None:
    assert read_pins(ROOT / "requirements.txt").items() <= read_pins().items()


@pytest.mark.parametrize(
    ("changed", "pins", "says"),
    [
        ({}, {"django": "5.0.7"}, "django 5.0.7: PYSEC-2024-70, fixed in 5.0.8. Raise the version, or state"),
        ({"accepted": {"PYSEC-2024-70": " "}}, {"django": "5.0.7"}, "django 5.0.7: PYSEC-2024-70, fixed in"),
        ({"advisories": []}, {"django": "5.0.8"}, "django 5.0.8: the snapshot is about 5.0.7; run"),
        (
            {"advisories": []},
            {"django": "5.0.7", "new": "1"},
            "new 1: the snapshot is about no version of it",
        ),
        ({"advisories": []}, {}, "django is no longer pinned: the snapshot is about 5.0.7"),
        (
            {"advisories": [], "accepted": {"PYSEC-1": "gone"}},
            {"django": "5.0.7"},
            "accepted PYSEC-1: no such",
        ),
    ],
    ids=["advisory", "empty reason", "other version", "new package", "package gone", "reason for nothing"],
)
def test_says_what_is_wrong(changed: dict[str, Any], pins: dict[str, str], says: str) -> None:
    (problem,) = find_problems({**SNAP, **changed}, pins)

    assert problem.startswith(says)


def test_a_stated_reason_is_enough() -> None:
    assert (
        find_problems({**SNAP, "accepted": {"PYSEC-2024-70": "No JSON column is asked."}}, SNAP["versions"])
        == []
    )


@pytest.mark.parametrize(
    ("version", "concerned"),
    [
        ("4.1", False),
        ("4.2", True),
        ("4.2.14", True),
        ("4.2.15", False),
        ("5.0rc1", False),
        ("5.0.7", True),
        ("5.0.8", False),
    ],
)
def test_reads_ranges_of_the_database(tmp_path: Path, version: str, concerned: bool) -> None:
    (tmp_path / "vulns" / "django").mkdir(parents=True)
    (tmp_path / "vulns" / "django" / "PYSEC-2024-70.yaml").write_text(ENTRY)

    found = list(from_database(tmp_path, {"django": version}))

    assert [each["id"] for each in found] == ["PYSEC-2024-70"] * concerned


@pytest.mark.parametrize(("version", "concerned"), [("1.0", True), ("1.2", True), ("1.2.1", False)])
def test_reads_the_last_version_that_is_affected(version: str, concerned: bool) -> None:
    events = [{"introduced": "0"}, {"last_affected": "1.2"}]

    assert concerns({"ranges": [{"type": "ECOSYSTEM", "events": events}]}, version) is concerned


def test_a_secret_in_a_file_is_found(tmp_path: Path) -> None:
    """As `make check` scans; what the file holds is put together here, so that this one is not found."""
    written = tmp_path / "settings.py"
    scan = [sys.executable, "-m", "detect_secrets.pre_commit_hook", "--no-verify"]

    statuses = []
    for line in ('KEY = "AKIA' + "QWERTYUIOPASDFGH" + '"\n', 'KEY = env("KEY")\n'):
        written.write_text(line)
        statuses.append(
            subprocess.run([*scan, str(written)], cwd=tmp_path, capture_output=True, check=False).returncode
        )

    assert statuses == [1, 0]
