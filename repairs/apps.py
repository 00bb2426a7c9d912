from django.apps import AppConfig


class RepairsConfig(AppConfig):
    name = "repairs"
    verbose_name = "Vehicle repairs"

    def ready(self) -> None:
        from repairs.services import register_repairs

        register_repairs()
