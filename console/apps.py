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
        "console.counter.day",
        "console.counter.raised",
        "console.workbench.pages",
        "console.bank.certain",
        "console.bank.operations",
        "console.bank.transfers",
        "console.bank.pages",
        "console.bank.importing",
        "console.agencies.importing",
        "console.agencies.desk",
        "console.payouts.pages",
        "console.approvals.pages",
        "console.bulk.pages",
        "console.uploads.pages",
        "console.reports.pages",
        "console.search.pages",
        "console.handbook.pages",
        "console.customers.pages",
        "console.notes.pages",
        "console.seals.pages",
        "console.schedules.own",
        "console.schedules.pages",
    )

    def ready(self) -> None:
        from batconnect.core.console.lists.cells import shorten_cells
        from batconnect.core.console.shown import show_values_in_words
        from console.crumbs import say_where_one_is

        show_values_in_words()
        shorten_cells()
        say_where_one_is()
        for module in self.PAGES:
            import_module(module)
