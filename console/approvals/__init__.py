"""What waits for a second person, whatever its kind: the page, the list, and the two actions."""
