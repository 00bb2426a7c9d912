"""Ratios measured in one run, on a scratch cluster of their own: `make bench`."""
