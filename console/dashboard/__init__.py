"""The console's front page: what needs one today, and how the company stands."""
