"""What comes from banks, read: one shape for all formats. Pure: no tables, no Django."""
