"""Payments that arrive many at a time: from a file, a list or a bank (DOMAIN 8, seed 5)."""
