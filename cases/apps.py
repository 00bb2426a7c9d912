from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = "Cases"

    def ready(self) -> None:
        from batconnect.core.sealing.kinds import register_sealed
        from cases import registry
        from cases.sealed import CASE_EVENT
        from cases.sync import synchronize_after_migrate

        registry.discover()
        register_sealed(CASE_EVENT)
        post_migrate.connect(synchronize_after_migrate, sender=self, dispatch_uid="cases.sync_flows")
