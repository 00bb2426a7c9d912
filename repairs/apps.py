from django.apps import AppConfig


class RepairsConfig(AppConfig):
    name = "repairs"
    verbose_name = "Vehicle repairs"

    def ready(self) -> None:
        from ledger.repayment.services.following import register_kind
        from repairs.kind import REPAIRS

        register_kind(REPAIRS)
