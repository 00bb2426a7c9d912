from django.apps import AppConfig


class OutstandingConfig(AppConfig):
    name = "outstanding"
    verbose_name = "Outstanding amounts"

    def ready(self) -> None:
        from ledger import due_dates, sources
        from ledger.chart import Category
        from ledger.treasury.services.returning import register_returning
        from outstanding import errors  # noqa: F401 - its codes are declared on import
        from outstanding.postings import PREMIUM
        from outstanding.querysets import effective_due_dates
        from outstanding.services import following
        from outstanding.services.premiums import void_premium_move
        from outstanding.services.premiums_back import PREMIUM_BACK
        from outstanding.services.settling import CustomerPaymentPurpose
        from outstanding.subjects import CUSTOMER_PAYMENT
        from outstanding.verification import register_outstanding_checks
        from payments.gateways import purposes

        following.register()
        purposes.register(CUSTOMER_PAYMENT, CustomerPaymentPurpose())
        due_dates.register(Category.PREMIUM.value, effective_due_dates)
        sources.register(PREMIUM, void=void_premium_move)
        register_returning(PREMIUM, PREMIUM_BACK)
        register_outstanding_checks()
