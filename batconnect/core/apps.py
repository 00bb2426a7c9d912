from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "batconnect.core"
    label = "core"
    verbose_name = "Companies and people"

    def ready(self) -> None:
        from batconnect import celery  # noqa: F401 - tasks are sent through the app it makes
        from batconnect.core import checks, production  # noqa: F401 - register the system checks
        from batconnect.core.currencies import sync_currencies
        from batconnect.core.schedules import synchronise_after_migrate

        # register the kinds of what a second administrator agrees to
        from batconnect.core.services import company_settings, invitations, second_factor  # noqa: F401 - as said

        post_migrate.connect(sync_currencies, sender=self, dispatch_uid="sync_currencies")
        post_migrate.connect(synchronise_after_migrate, sender=self, dispatch_uid="sync_schedules")
