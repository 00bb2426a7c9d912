"""The operators' console: one admin site."""

from __future__ import annotations

from unfold.sites import UnfoldAdminSite


class ConsoleSite(UnfoldAdminSite):
    """Django's admin in unfold's theme, inside the signed-in user's company."""
