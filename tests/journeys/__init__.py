"""What people do from one end to the other, call by call."""
