"""What the embedded servers can refuse, in words that name the way out."""


class EmbeddedError(RuntimeError):
    """The embedded database or broker cannot be used; the message says what to do about it."""


class PortTakenError(EmbeddedError):
    """Another process listens on the port that was asked for."""
