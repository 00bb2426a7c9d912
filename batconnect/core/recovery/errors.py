"""Why a backup or a restore did not begin or was given up."""


class RecoveryError(Exception):
    """The message says what is wrong and what to do; whatever was begun has been taken back."""
