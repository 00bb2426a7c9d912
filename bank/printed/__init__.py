"""Documents of the bank's word: PDFs, and statements as they came."""

from bank.printed import files

__all__ = ["files"]
