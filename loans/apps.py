from django.apps import AppConfig


class LoansConfig(AppConfig):
    name = "loans"
    verbose_name = "Driver loans"

    def ready(self) -> None:
        from batconnect.core.approvals.kinds import register_kind
        from loans.services import register_loans
        from loans.services.lending import KIND

        register_loans()
        register_kind(KIND)
