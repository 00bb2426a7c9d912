from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = "Cases"

    def ready(self) -> None:
        from cases import registry
        from cases.sync import synchronize_after_migrate

        registry.discover()
        post_migrate.connect(synchronize_after_migrate, sender=self, dispatch_uid="cases.sync_flows")
