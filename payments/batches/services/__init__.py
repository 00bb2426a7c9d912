"""The actions of batches: the only code that changes their state."""
