from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "agencies"
    verbose_name = "Imports from agencies"

    def ready(self) -> None:
        from agencies.ready import register_agencies

        register_agencies()
