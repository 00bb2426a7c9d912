"""Toward the general ledger: statements, numbers of entries, manual entries, the journal as files.

Rule: docs/domain.md#general-ledger.
"""
