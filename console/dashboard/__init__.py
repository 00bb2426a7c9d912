"""The console's front page: what needs attention today, and the company's figures."""
