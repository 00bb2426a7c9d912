"""The Makefile's promises: what each target runs, and that one failing part does not hide the others."""

import platform
import re
import subprocess

import pytest

from batconnect.embedded.paths import PROJECT_ROOT

TARGETS = {
    *(
        "setup",
        "run",
        "test",
        "test-system",
        "test-distributed",
        "test-on-cluster",
        "sql-inventory",
        "test-pythons",
        "check",
        "bench",
        "proof",
        "proof-short",
        "mutants",
        "bench-check",
        "load",
        "advisories",
        "manage",
        "demo-reset",
        "requirements",
        "clean",
    ),
    "help",
}


def read(name):
    return (PROJECT_ROOT / name).read_text(encoding="utf-8")


def test_help_lists_every_target():
    done = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )

    assert {line.split()[1] for line in done.stdout.splitlines()} == TARGETS


@pytest.mark.parametrize(
    "command",
    [
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "pytest -q --no-header tests/build/test_words.py",
        "makemigrations --check --dry-run",
        "check --deploy --fail-level WARNING",
        "bandit",
        "hadolint --failure-threshold info Dockerfile",
        "detect-secrets-hook --no-verify",
        "python scripts/advisories.py",
        "spectacular --validate --fail-on-warn",
        "generate_docs --check",
    ],
)
def test_make_check_runs_every_check(command):
    assert re.search(rf"^(step .*|  .*){re.escape(command)}", read("scripts/check.sh"), re.MULTILINE)


def test_one_failing_check_does_not_hide_the_others(tmp_path):
    for name in (
        "ruff",
        "mypy",
        "lint-imports",
        "pytest",
        "bandit",
        "hadolint",
        "detect-secrets-hook",
        "python",
    ):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "ran {name} $1"\n[ "$1" != format ]\n')
        program.chmod(0o755)

    done = subprocess.run(
        ["bash", "scripts/check.sh"],
        cwd=PROJECT_ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == "Failed: format\n"
    assert done.stdout.count("✓") == (12 if platform.machine() == "x86_64" else 11)
    assert done.stdout.count("✗") == 1


def test_ci_runs_everything_that_a_change_has_to_pass():
    assert re.search(
        r"^for target in test test-system check sql-inventory proof-short; do$", read(".ci/run"), re.MULTILINE
    )


def test_missing_packages_are_named_with_the_line_that_installs_them(tmp_path):
    (tmp_path / "dpkg-query").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "apt-get").write_text('#!/bin/sh\necho "apt-get $*" >&2\n')
    for program in tmp_path.iterdir():
        program.chmod(0o755)

    done = subprocess.run(
        ["bash", "scripts/system_packages.sh"],
        cwd=PROJECT_ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    # Root installs them, anyone else is told what root has to do.
    assert "libpango-1.0-0" in done.stdout + done.stderr
    assert "apt-get" in done.stderr
    assert "install -y" in done.stderr


def test_a_python_without_venv_is_told_the_package(tmp_path):
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac\n')
    python.chmod(0o755)

    done = subprocess.run(
        ["bash", "scripts/setup.sh", str(tmp_path / "venv")],
        cwd=PROJECT_ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == "Python's venv module is missing. On Debian: apt-get install -y python3.11-venv\n"
    assert not (tmp_path / "venv").exists()
