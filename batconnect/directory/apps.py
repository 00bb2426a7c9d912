from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "batconnect.directory"
    label = "directory"
    verbose_name = "Directory"
