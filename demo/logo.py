"""A small logo, drawn rather than kept: the checks of a taxi in the company's colors."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

SIDE, CHECK = 96, 16


def draw_logo(*, background: str, checks: str) -> bytes:
    """A PNG of 96 × 96 pixels: two rows of checks across a rounded square."""
    image = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, SIDE - 1, SIDE - 1), radius=14, fill=background)
    for column in range(SIDE // CHECK):
        top = SIDE // 2 - CHECK * (column % 2)
        pen.rectangle((column * CHECK, top, (column + 1) * CHECK - 1, top + CHECK - 1), fill=checks)
    buffer = BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
