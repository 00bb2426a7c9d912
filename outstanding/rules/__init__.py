"""Plans, shares and covers: pure."""
