"""The console's pages on companies, people and schedules."""

from batconnect.core.admin import company, mail, people, places

__all__ = ["company", "mail", "people", "places"]
