"""The suite's test of the OpenAPI document by schemathesis, with seeds of its own."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from batconnect.embedded.paths import PROJECT_ROOT
from proof.worker import World

ROW: Final = "schemathesis, one seed"
SEEDS: Final = 3
_TEST: Final = "tests/system/test_openapi.py"


def look(world: World, folder: Path, *, until: float) -> None:
    """Run the test with three seeds, on servers of its own, or fewer when the time is over; what it finds is wrong."""
    rng = random.Random(f"{world.seed}:openapi")
    for place in range(SEEDS):
        if place and time.monotonic() > until:
            return
        seed = str(rng.randrange(10**8))
        world.tally.count(ROW, "tried")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "batconnect.embedded", "exec", "--"),
                *(sys.executable, "-m", "pytest", "-q", "-m", "system", "-p", "no:cacheprovider", _TEST),
            ],
            cwd=PROJECT_ROOT,
            env=os.environ
            | {"BATCONNECT_DATA_DIR": str(folder), "BATCONNECT_DURABLE": "off", "OPENAPI_SEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            world.tally.find(ROW, "wrong", f"seed {seed}: {done.stdout[-1500:]}")
