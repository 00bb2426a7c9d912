"""Known advisories about the pinned versions: kept in deploy/advisories.json, checked without network.

    python scripts/advisories.py                    compares it with requirements-dev.txt, as `make check` does
    python scripts/advisories.py take               asks PyPI by pip-audit and writes the snapshot anew
    python scripts/advisories.py take --database D  reads a checkout of github.com/pypa/advisory-database instead

A snapshot does not become wrong by its age alone: the check prints its date and fails for what it says, not for when.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT: Final = Path(__file__).resolve().parent.parent
SNAPSHOT: Final = ROOT / "deploy" / "advisories.json"
PINNED: Final = ROOT / "requirements-dev.txt"
DATABASE: Final = "github.com/pypa/advisory-database"
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)")


def read_pins(path: Path = PINNED) -> dict[str, str]:
    """Each package of the file with its pinned version, by normalized name."""
    pins = (_PIN.match(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {canonicalize_name(pin[1]): pin[2] for pin in pins if pin}


def find_problems(snapshot: dict[str, Any], pins: dict[str, str]) -> list[str]:
    """What is wrong, in sentences: versions that the snapshot is not about, and advisories without a stated reason."""
    about = snapshot["versions"]
    problems = [
        f"{name} {pins.get(name, 'is no longer pinned')}: the snapshot is about {about.get(name, 'no version of it')}; "
        "run `make advisories`."
        for name in sorted(pins.keys() | about.keys())
        if pins.get(name) != about.get(name)
    ]
    known = {each["id"] for each in snapshot["advisories"]}
    for each in snapshot["advisories"]:
        if not snapshot["accepted"].get(each["id"], "").strip():
            fixed = ", ".join(each["fixed_in"]) or "no version yet"
            problems.append(
                f"{each['name']} {each['version']}: {each['id']}, fixed in {fixed}. Raise the version, or state under "
                f'"accepted" in {SNAPSHOT.name} why it does not concern us.'
            )
    problems += [
        f"accepted {name}: no such advisory; remove it." for name in snapshot["accepted"] if name not in known
    ]
    return problems


def from_database(folder: Path, pins: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Advisories of the checkout that concern the pinned versions."""
    for name, version in sorted(pins.items()):
        for path in sorted((folder / "vulns" / name).glob("*.yaml")):
            entry = yaml.safe_load(path.read_text(encoding="utf-8"))
            if entry.get("withdrawn"):
                continue
            for affected in entry["affected"]:
                if canonicalize_name(affected["package"]["name"]) == name and concerns(affected, version):
                    yield {
                        "name": name,
                        "version": version,
                        "id": entry["id"],
                        "aliases": entry.get("aliases", []),
                        "fixed_in": fixes(affected),
                    }


def concerns(affected: dict[str, Any], version: str) -> bool:
    """Whether a version is among those that an OSV entry names, by number or by range."""
    if version in map(str, affected.get("versions") or []):
        return True
    for span in affected.get("ranges") or []:
        if span["type"] != "ECOSYSTEM":
            continue
        inside = False
        for kind, bound in _events(span):
            reached = bound == "0" or Version(version) >= Version(bound)
            if kind == "introduced" and reached:
                inside = True
            elif (kind == "fixed" and reached) or (
                kind == "last_affected" and Version(version) > Version(bound)
            ):
                inside = False
        if inside:
            return True
    return False


def _events(span: dict[str, Any]) -> list[tuple[str, str]]:
    events = [(kind, str(bound)) for event in span["events"] for kind, bound in event.items()]
    return sorted(events, key=lambda event: (Version(event[1]), event[0] != "introduced"))


def fixes(affected: dict[str, Any]) -> list[str]:
    """The versions that an OSV entry calls fixed."""
    spans = [span for span in affected.get("ranges") or [] if span["type"] == "ECOSYSTEM"]
    return [bound for span in spans for kind, bound in _events(span) if kind == "fixed"]


def from_index(pins: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Advisories that PyPI knows today. Raises SystemExit when it was not asked about every package."""
    asked = subprocess.run(  # noqa: S603 - our own interpreter and file
        [
            *(sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip"),
            *("--requirement", str(PINNED), "--format", "json", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not asked.stdout.strip():
        raise SystemExit(f"pip-audit did not answer:\n{asked.stderr}")
    answer = json.loads(asked.stdout)["dependencies"]
    # pip-audit reports "no known vulnerabilities" of packages that it could not ask about.
    told = {canonicalize_name(each["name"]) for each in answer if "skip_reason" not in each}
    # Some pins are for other platforms alone, and pip-audit leaves them out.
    silent = sorted(set(pins) - told)
    if len(silent) * 10 > len(pins):
        raise SystemExit(
            f"PyPI told nothing about {len(silent)} of {len(pins)} packages ({', '.join(silent[:5])}, …): it cannot "
            f"be reached, or does not serve advisories. Use --database with a checkout of {DATABASE}."
        )
    for each in answer:
        for entry in each.get("vulns", []):
            yield {
                "name": canonicalize_name(each["name"]),
                "version": each["version"],
                "id": entry["id"],
                "aliases": entry["aliases"],
                "fixed_in": entry["fix_versions"],
            }


def take(database: Path | None) -> None:
    """Write the snapshot; what was accepted with a reason stays so while the advisory is there."""
    pins = read_pins()
    found = list(from_database(database, pins) if database else from_index(pins))
    kept = json.loads(SNAPSHOT.read_text(encoding="utf-8"))["accepted"] if SNAPSHOT.exists() else {}
    known = {each["id"] for each in found}
    snapshot = {
        "source": DATABASE if database else "pypi.org by pip-audit",
        "known_as_of": newest(database) if database else datetime.now(UTC).date().isoformat(),
        "advisories": found,
        "accepted": {name: reason for name, reason in kept.items() if name in known},
        "versions": pins,
    }
    SNAPSHOT.write_text(json.dumps(snapshot, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def newest(database: Path) -> str:
    """The day of the newest change in the checkout, by the entries themselves."""
    stamps = (
        re.search(r"^modified: ['\"]?(\d{4}-\d\d-\d\d)", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in (database / "vulns").glob("*/*.yaml")
    )
    return max(stamp[1] for stamp in stamps if stamp)


def main() -> int:
    """Check or take; the exit status says whether something is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=("check", "take"), default="check")
    parser.add_argument("--database", type=Path, help=f"a checkout of {DATABASE}")
    asked = parser.parse_args()
    if asked.what == "take":
        take(asked.database)
    snapshot = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    problems = find_problems(snapshot, read_pins())
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    sys.stdout.write(
        f"{len(snapshot['versions'])} pinned versions, {len(snapshot['advisories'])} advisories, as known on "
        f"{snapshot['known_as_of']} ({snapshot['source']}).\n"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
