"""Documents with a repayment schedule: what loans and repairs share."""
