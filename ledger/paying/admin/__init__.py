"""The console's pages of paying drivers: batches and payouts, accounts of payees, orders on payouts, what came back,
how accounts pay."""

from ledger.paying.admin import batches, orders, payees, returns, setup

__all__ = ["batches", "orders", "payees", "returns", "setup"]
