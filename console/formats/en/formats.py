"""English, as every page writes it: `Nov. 28, 2026, 16:44`; a till's day has twenty-four hours."""

DATETIME_FORMAT = "N j, Y, H:i"
TIME_FORMAT = "H:i"
