from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "batconnect"

    def ready(self) -> None:
        from batconnect import celery  # noqa: F401 - tasks are sent through the app it makes
