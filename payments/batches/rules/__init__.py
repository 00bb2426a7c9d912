"""What a file and its rows say: pure."""
