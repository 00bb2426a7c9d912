"""What is done with files of agencies and their rows (docs/domain.md#agency-imports)."""
