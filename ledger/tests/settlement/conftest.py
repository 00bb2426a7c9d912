"""A company that is settled, and its drivers."""
