"""A row of north for whatever a call may name."""

from console.tests.conftest import world

__all__ = ["world"]
