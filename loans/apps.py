from django.apps import AppConfig


class LoansConfig(AppConfig):
    name = "loans"
    verbose_name = "Driver loans"

    def ready(self) -> None:
        from batconnect.core.approvals import kinds
        from ledger.repayment.services.following import register_kind
        from loans.kind import LOANS
        from loans.services.lending import KIND

        register_kind(LOANS)
        kinds.register_kind(KIND)
