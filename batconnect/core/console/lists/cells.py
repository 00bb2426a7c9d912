"""The cells of a list by one class each, which console/lists.css describes.

The theme writes thirty classes into every cell: three quarters of a page of fifty rows. It offers no way to put others
in their place, so its lists of classes are emptied once, when the console starts (as `core.console.shown` does).
"""

from __future__ import annotations

from unfold.templatetags import unfold_list


def shorten_cells() -> None:
    """Give each cell the one class that our sheet describes."""
    unfold_list.ROW_CLASSES[:] = ["cell"]
    unfold_list.CHECKBOX_CLASSES[:] = ["action-checkbox", "cell-box"]
    unfold_list.LINK_CLASSES[:] = ["cell-link"]
