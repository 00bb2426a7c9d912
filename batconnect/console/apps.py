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
