"""The project's own packages, for tests that read the whole tree."""

from typing import Final

PACKAGES: Final = (
    "batconnect",
    "cases",
    "console",
    "demo",
    "ledger",
    "loans",
    "outstanding",
    "payments",
    "repairs",
)
