"""The admin classes of the console, by the name under which its own pages take them."""

from batconnect.core.base_admin import (
    BaseAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    ReadOnlyStackedInline,
    actor_of,
    may,
)

__all__ = ["BaseAdmin", "ReadOnlyAdmin", "ReadOnlyInline", "ReadOnlyStackedInline", "actor_of", "may"]
