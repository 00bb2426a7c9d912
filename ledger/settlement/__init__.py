"""The weekly settlement: lease fees, earnings, and the Driver Transaction Report.

Rule: docs/domain.md#settlement.
"""
