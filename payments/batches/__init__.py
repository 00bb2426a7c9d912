"""Payments that arrive many at a time: from a file, a list or a bank.

Rule: docs/domain.md#batches, docs/seeds.md#payment-allocation.
"""
