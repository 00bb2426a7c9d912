from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "batconnect.demo"
    label = "demo"
    verbose_name = "Demo"
