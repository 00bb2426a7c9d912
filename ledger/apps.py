from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "Ledger"

    def ready(self) -> None:
        from batconnect.core.companies import on_company_added
        from ledger.services.chart import open_chart
        from ledger.verification import register_ledger_checks

        on_company_added(open_chart)
        register_ledger_checks()
