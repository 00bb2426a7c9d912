from django.apps import AppConfig


class LoansConfig(AppConfig):
    name = "loans"
    verbose_name = "Driver loans"

    def ready(self) -> None:
        from ledger.openings import register_opening
        from ledger.repayment.ready import register_repaid
        from ledger.treasury.services.returning import register_returning
        from loans import subjects
        from loans.counter import AT_COUNTER
        from loans.services.handed_back import HAND_OVER_BACK
        from loans.services.lending import KIND
        from loans.services.running import LOAN

        register_repaid(AT_COUNTER, approvals=(KIND,))
        register_opening(LOAN)
        register_returning(subjects.LOAN, HAND_OVER_BACK)
