"""Rules of the bank's word: pure."""
