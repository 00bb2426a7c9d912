"""The database and the broker that come with the project when none is configured.

Imports no other part of the project and no Django: `prepare_environment` runs before the settings are read.
"""
