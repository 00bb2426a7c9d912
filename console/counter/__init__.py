"""The counter: what a cashier does while a driver stands in front of them. Take a payment, lend, enter a repair."""
