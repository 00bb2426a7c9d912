from django.apps import AppConfig


class LoansConfig(AppConfig):
    name = "loans"
    verbose_name = "Driver loans"

    def ready(self) -> None:
        from ledger.repayment.ready import register_repaid
        from loans.counter import AT_COUNTER
        from loans.services.lending import KIND

        register_repaid(AT_COUNTER, approvals=(KIND,))
