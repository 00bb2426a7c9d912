"""Notes beside records: written, withdrawn, read, with the files that people attach (docs/domain.md#notes)."""
