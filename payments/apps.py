from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from batconnect.core.api import reference
        from batconnect.core.sealing.kinds import register_sealed
        from ledger import weekly
        from ledger.openings import register_opening
        from ledger.treasury.services.returning import register_returning
        from payments.approvals import register_approvals
        from payments.batches.ready import register_batches
        from payments.credit_memos.ready import register_credit_memos
        from payments.gateways import ready  # noqa: F401 - system checks and codes are declared on import
        from payments.lease_corrections.ready import register_lease_corrections
        from payments.postings import REFUND, RETURN
        from payments.rules.methods import method_rows
        from payments.rules.strategies import strategy_rows
        from payments.sealed import ALLOCATION
        from payments.services import opening, sources
        from payments.services.refunds_back import REFUND_BACK, RETURN_OF_PAYMENT
        from payments.services.weekly_cash import DriversCash
        from payments.verification import register_payment_checks

        sources.register()
        register_sealed(ALLOCATION)
        register_approvals()
        register_payment_checks()
        register_batches()
        weekly.register_cash(DriversCash())
        register_credit_memos()
        register_lease_corrections()
        register_opening(opening.PAYMENT)
        register_returning(REFUND, REFUND_BACK)
        register_returning(RETURN, RETURN_OF_PAYMENT)
        reference.register("payment_methods", method_rows)
        reference.register("strategies", strategy_rows)
