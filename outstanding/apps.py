from django.apps import AppConfig


class OutstandingConfig(AppConfig):
    name = "outstanding"
    verbose_name = "Outstanding amounts"

    def ready(self) -> None:
        from ledger import due_dates
        from ledger.chart import Category
        from outstanding import errors  # noqa: F401 - its codes are declared on import
        from outstanding.querysets import effective_due_dates
        from outstanding.services import following
        from outstanding.services.paying import SUBJECT
        from outstanding.services.settling import CustomerPaymentSubject
        from outstanding.verification import register_outstanding_checks
        from payments.gateways import subjects

        following.register()
        subjects.register(SUBJECT, CustomerPaymentSubject())
        due_dates.register(Category.PREMIUM.value, effective_due_dates)
        register_outstanding_checks()
