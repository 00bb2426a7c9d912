"""The console's pages of paying drivers: batches and payouts, accounts of payees, what came back, how accounts pay."""

from ledger.paying.admin import batches, payees, returns, setup

__all__ = ["batches", "payees", "returns", "setup"]
