"""Vendors, their bills, and what is paid to them (docs/domain.md#vendors)."""
