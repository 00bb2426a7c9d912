from django.apps import AppConfig


class RepairsConfig(AppConfig):
    name = "repairs"
    verbose_name = "Vehicle repairs"

    def ready(self) -> None:
        from ledger.openings import register_opening
        from ledger.repayment.ready import register_repaid
        from repairs.counter import AT_COUNTER
        from repairs.services.running import REPAIR

        register_repaid(AT_COUNTER)
        register_opening(REPAIR)
