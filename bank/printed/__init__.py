"""Documents of the bank's word as PDFs."""
