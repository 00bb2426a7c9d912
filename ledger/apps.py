from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "Ledger"

    def ready(self) -> None:
        from batconnect.core.api import reference
        from batconnect.core.approvals.kinds import register_kind
        from batconnect.core.companies.opening import on_company_added
        from ledger.clearing.ready import register_clearing
        from ledger.general.ready import register_general
        from ledger.opening.ready import register_opening_batch
        from ledger.paying.ready import register_paying
        from ledger.repayment.services.matrix import open_matrix
        from ledger.rules.categories import category_rows
        from ledger.services import write_offs
        from ledger.services.chart import open_chart, synchronize_after_migrate
        from ledger.settlement.ready import register_settlement
        from ledger.settlement.services import payouts
        from ledger.treasury.services.places import complete_bank_accounts, open_first_bank_account
        from ledger.treasury.services.returning import register_returns
        from ledger.treasury.services.transfers import register_transfers
        from ledger.treasury.verification import register_treasury_checks
        from ledger.vendors.ready import register_vendors
        from ledger.verification import register_ledger_checks

        reference.register("categories", category_rows)
        on_company_added(open_chart)
        post_migrate.connect(synchronize_after_migrate, sender=self, dispatch_uid="ledger.synchronize_charts")
        on_company_added(open_first_bank_account)
        post_migrate.connect(
            complete_bank_accounts, sender=self, dispatch_uid="ledger.complete_bank_accounts"
        )
        on_company_added(open_matrix)
        register_kind(write_offs.KIND)
        register_kind(payouts.KIND)
        register_ledger_checks()
        register_treasury_checks()
        register_transfers()
        register_returns()
        register_settlement()
        register_paying()
        register_vendors()
        register_clearing()
        register_opening_batch()
        register_general()
