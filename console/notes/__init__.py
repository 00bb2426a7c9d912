"""The pages of notes beside records."""
