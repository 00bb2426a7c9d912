"""The HTTP doors of payments, one module for each noun."""
