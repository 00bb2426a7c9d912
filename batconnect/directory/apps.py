from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "batconnect.directory"
    label = "directory"
    verbose_name = "Directory"

    def ready(self) -> None:
        from batconnect.core.approvals.limits import customers_are_locked_by
        from batconnect.directory.locks import lock_customers

        customers_are_locked_by(lock_customers)
