"""Payment gateways: the charges handed to them, and the events that they send."""
