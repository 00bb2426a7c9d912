"""The console's pages of the bank's word and of the counter's day; each registers itself."""

from bank.admin import cut_overs, drawers, mappings, notifications, receipts, slips, statements

__all__ = ["cut_overs", "drawers", "mappings", "notifications", "receipts", "slips", "statements"]
