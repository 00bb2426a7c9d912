from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "Ledger"

    def ready(self) -> None:
        from batconnect.core.api import reference
        from batconnect.core.approvals.kinds import register_kind
        from batconnect.core.companies.opening import on_company_added
        from ledger.repayment.services.matrix import open_matrix
        from ledger.rules.categories import category_rows
        from ledger.services import write_offs
        from ledger.services.chart import open_chart, synchronize_after_migrate
        from ledger.settlement.ready import register_settlement
        from ledger.settlement.services import payouts
        from ledger.verification import register_ledger_checks

        reference.register("categories", category_rows)
        on_company_added(open_chart)
        post_migrate.connect(synchronize_after_migrate, sender=self, dispatch_uid="ledger.synchronize_charts")
        on_company_added(open_matrix)
        register_kind(write_offs.KIND)
        register_kind(payouts.KIND)
        register_ledger_checks()
        register_settlement()
