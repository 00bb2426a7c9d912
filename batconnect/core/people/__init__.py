"""What an administrator changes: people, their places in the company, and the company's settings."""
