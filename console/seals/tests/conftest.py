from console.tests.conftest import console_of

__all__ = ["console_of"]
