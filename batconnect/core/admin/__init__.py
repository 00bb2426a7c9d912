"""The console's pages on companies, people and schedules."""

from batconnect.core.admin import company, people, places

__all__ = ["company", "people", "places"]
