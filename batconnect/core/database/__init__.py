"""The database as the application sees it: Django's backend with what it must know about faults."""
