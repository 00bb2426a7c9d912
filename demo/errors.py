"""Why the demo is not loaded or not thrown away."""

from __future__ import annotations


class DemoRefused(Exception):
    """The message says what is in the way and what to do."""
