"""The page of a customer, who may be a driver: everything about them, and the way to each of it."""
