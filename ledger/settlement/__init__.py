"""The weekly settlement: lease fees, earnings, and the Driver Transaction Report (DOMAIN 3)."""
