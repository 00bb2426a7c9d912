"""Seals of what a company's books held, and the proof that it still does (docs/seals.md)."""
