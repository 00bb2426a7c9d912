"""The calls on imports from agencies (docs/api.md#agency-imports)."""
