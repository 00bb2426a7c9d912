from django.apps import AppConfig


class RepairsConfig(AppConfig):
    name = "repairs"
    verbose_name = "Vehicle repairs"

    def ready(self) -> None:
        from ledger.repayment.ready import register_repaid
        from repairs.counter import AT_COUNTER

        register_repaid(AT_COUNTER)
