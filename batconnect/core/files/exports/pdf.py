"""PDFs by WeasyPrint, which may fetch nothing: no network, no files; images come as data URIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.template.loader import render_to_string

from batconnect.core.files.exports.slots import DOCUMENTS, slot
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal

APT_LINE: Final = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


class PdfUnavailable(Refusal):
    """501: a system library that PDFs need is not installed; everything but PDFs works."""

    status = 501
    code = "pdf_unavailable"
    title = "PDFs cannot be made here"
    remedy = "Install the system libraries that the message names."


def render_pdf(template: str, context: Mapping[str, Any], *, actor: Actor) -> bytes:
    """The template as a PDF file. Raises PdfUnavailable (501) where Pango is not installed, TooManyRequests while the
    company has as many documents made as it may at once."""
    with slot(DOCUMENTS, actor=actor):
        return bytes(lay_out(render_to_string(template, dict(context))).write_pdf())


def lay_out(html: str) -> Any:
    """The pages of an HTML document. Raises PdfUnavailable."""
    try:
        # Imported when needed: it takes 0.6 s and a system library that may be missing.
        import weasyprint
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise PdfUnavailable(f"A system library for PDFs is missing. As root: {APT_LINE}") from error
    fetcher = URLFetcher(allowed_protocols=["data"], allow_redirects=False)
    return weasyprint.HTML(string=html, url_fetcher=fetcher, base_url="about:blank").render()
