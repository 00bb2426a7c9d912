"""The documents of the floor itself that are mailed; found as the apps' are."""

from batconnect.core.mailing import seal_heads

__all__ = ["seal_heads"]
