"""The HTTP endpoints of payments, one module for each noun."""
