from importlib import import_module
from typing import Final

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ConsoleAdminConfig(admin_apps.AdminConfig):
    """Django's admin with the console's own site."""

    default = False
    default_site = "batconnect.console.site.ConsoleSite"


class ConsoleConfig(AppConfig):
    name = "batconnect.console"
    label = "console"
    verbose_name = "Console"
    default = True
    # Modules whose pages register themselves (batconnect.console.pages), in the order of their addresses.
    PAGES: Final[tuple[str, ...]] = (
        "batconnect.console.account.pages",
        "batconnect.console.account.notices",
        "batconnect.console.counter.pages",
        "batconnect.console.workbench.pages",
        "batconnect.console.approvals.pages",
        "batconnect.console.uploads.pages",
        "batconnect.console.reports.pages",
        "batconnect.console.search.pages",
        "batconnect.console.customers.pages",
        "batconnect.console.schedules.pages",
    )

    def ready(self) -> None:
        for module in self.PAGES:
            import_module(module)
