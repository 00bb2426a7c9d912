"""Environments of their own, for packages that only a benchmark needs."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.web import ROOT


def make_environment(folder: Path, *, requirements: Path) -> Path:
    """Install the requirements into a new virtual environment; its folder of programs."""
    uv = ROOT / ".venv/bin/uv"
    subprocess.run([uv, "venv", "--quiet", "--python", "3.11", folder], check=True, timeout=120)
    programs = folder / "bin"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", programs / "python", "-r", requirements],
        check=True,
        timeout=600,
    )
    return programs
