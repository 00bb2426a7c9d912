from django.apps import AppConfig


class BankConfig(AppConfig):
    name = "bank"
    verbose_name = "Bank"

    def ready(self) -> None:
        from bank.ready import register_bank

        register_bank()
