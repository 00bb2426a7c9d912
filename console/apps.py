from importlib import import_module
from typing import Final

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ConsoleAdminConfig(admin_apps.AdminConfig):
    """Django's admin with the console's own site."""

    default = False
    default_site = "console.site.ConsoleSite"


class ConsoleConfig(AppConfig):
    name = "console"
    label = "console"
    verbose_name = "Console"
    default = True
    # Modules whose pages register themselves (console.pages), in the order of their addresses.
    PAGES: Final[tuple[str, ...]] = (
        "console.account.pages",
        "console.account.notices",
        "console.counter.pages",
        "console.workbench.pages",
        "console.approvals.pages",
        "console.uploads.pages",
        "console.reports.pages",
        "console.search.pages",
        "console.customers.pages",
        "console.schedules.pages",
    )

    def ready(self) -> None:
        for module in self.PAGES:
            import_module(module)
