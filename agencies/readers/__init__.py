"""Agencies' tables: bytes become records, cells become amounts and instants; no table of ours and no company."""
