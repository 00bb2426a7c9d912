"""The seed's driver, as in the tests of payments."""

from payments.tests.conftest import api, john

__all__ = ["api", "john"]
