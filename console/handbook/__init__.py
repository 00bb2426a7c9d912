"""The handbook inside the console, and the help link that leads from each page to its section."""
