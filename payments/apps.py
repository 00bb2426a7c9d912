from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from batconnect.core.api import reference
        from payments import errors, sources  # noqa: F401 - the codes of errors are declared on import
        from payments.rules.methods import method_rows
        from payments.verification import register_payment_checks

        sources.register()
        register_payment_checks()
        reference.register("payment_methods", method_rows)
