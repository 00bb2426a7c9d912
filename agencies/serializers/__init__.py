"""What the calls on imports from agencies accept, and how they answer."""
