"""Files of agencies are imported, and the desk where rows wait for a person (docs/console.md#agencies)."""
