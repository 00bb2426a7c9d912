from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from batconnect.core.api import reference
        from payments import errors, sources  # noqa: F401 - the codes of errors are declared on import
        from payments.rules.methods import method_rows

        sources.register()
        reference.register("payment_methods", method_rows)
