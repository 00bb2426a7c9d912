from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from batconnect.core.api import reference
        from ledger import weekly
        from payments.approvals import register_approvals
        from payments.batches.ready import register_batches
        from payments.gateways import ready  # noqa: F401 - system checks and codes are declared on import
        from payments.rules.methods import method_rows
        from payments.rules.strategies import strategy_rows
        from payments.services import sources
        from payments.services.weekly_cash import InterimCash
        from payments.verification import register_payment_checks

        sources.register()
        register_approvals()
        register_payment_checks()
        register_batches()
        weekly.register_cash(InterimCash())
        reference.register("payment_methods", method_rows)
        reference.register("strategies", strategy_rows)
