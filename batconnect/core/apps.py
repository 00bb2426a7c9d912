from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "batconnect.core"
    label = "core"
    verbose_name = "Companies and people"

    def ready(self) -> None:
        from batconnect.core.companies import settings  # noqa: F401 - registers a kind of approval
        from batconnect.core.companies.currencies import sync_currencies
        from batconnect.core.database import checks  # noqa: F401 - registers system checks
        from batconnect.core.jobs.schedules import synchronize_after_migrate
        from batconnect.core.people import invitations, second_factor  # noqa: F401 - likewise
        from batconnect.core.sealing.kinds import APPROVAL, register_sealed
        from batconnect.core.serving import production  # noqa: F401 - registers system checks

        register_sealed(APPROVAL)
        post_migrate.connect(sync_currencies, sender=self, dispatch_uid="sync_currencies")
        post_migrate.connect(synchronize_after_migrate, sender=self, dispatch_uid="sync_schedules")
