"""An app of one evening: its tables come to a database that is distributed already (tests.distributed.migrating)."""
