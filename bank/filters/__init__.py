"""The filters of the bank's lists."""
