from django.apps import AppConfig


class WorkshopConfig(AppConfig):
    name = "tests.distributed.workshop"
    label = "workshop"
