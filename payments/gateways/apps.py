from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    name = "payments.gateways"
    label = "gateways"
    verbose_name = "Payment gateways"

    def ready(self) -> None:
        from payments.gateways import errors  # noqa: F401 - its codes are declared on import
