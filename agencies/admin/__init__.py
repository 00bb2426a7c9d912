"""The console's pages of imports from agencies; each registers itself."""

from agencies.admin import imports, layouts, rows

__all__ = ["imports", "layouts", "rows"]
