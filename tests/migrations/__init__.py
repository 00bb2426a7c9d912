"""Migrations after the first: on the data of an installation that began with it, and within the rules for them."""
