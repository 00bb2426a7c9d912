"""The first PDF of a process: its library, its fonts and its shapes are loaded before anybody asks for one.

Once loaded, a page takes a tenth of a second; the first one took ten on a busy machine.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from batconnect.core.files.exports.pdf import PdfUnavailable, lay_out

WARM_AFTER_S: Final = 1.0
"""A new process first answers who waits for it."""
_SAMPLE: Final = (
    "<style>@page{size:letter;margin:15mm}body{font-family:'DejaVu Sans',sans-serif}table{border-collapse:collapse}"
    "td{border:1px solid #000;text-align:right}</style><h1>Sample</h1><table><tr><td>1,234.50</td><td><b>Äé</b></td>"
    "</tr></table>"
)
log = logging.getLogger(__name__)


def render_sample() -> bytes:
    """A page of text and a table as a PDF. Raises PdfUnavailable."""
    return bytes(lay_out(_SAMPLE).write_pdf())


def warm_renderer() -> None:
    """Make the sample and forget it; where PDFs cannot be made, whoever asks for one is told."""
    try:
        render_sample()
    except PdfUnavailable as missing:
        log.warning("the renderer of PDFs is not warmed", extra={"reason": missing.message})


def warm_soon() -> threading.Timer:
    """Warm the renderer in a thread of its own, while the process answers already."""
    timer = threading.Timer(WARM_AFTER_S, warm_renderer)
    timer.daemon = True
    timer.start()
    return timer
