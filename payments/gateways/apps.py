from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    name = "payments.gateways"
    label = "gateways"
    verbose_name = "Payment gateways"

    def ready(self) -> None:
        from payments.gateways import checks, errors  # noqa: F401 - registered and declared on import
