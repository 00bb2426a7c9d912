"""The console's sessions and its world."""

from console.tests.conftest import console_of, world

__all__ = ["console_of", "world"]
