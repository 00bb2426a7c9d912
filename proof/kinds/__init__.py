"""What the model client does, by kind."""
