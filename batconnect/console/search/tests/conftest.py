"""The console's sessions and its world."""

from batconnect.console.tests.conftest import console_of, world

__all__ = ["console_of", "world"]
