"""The app on a person's phone that shows codes (TOTP, RFC 6238), with its key encrypted."""

from __future__ import annotations

import time
from base64 import b32encode
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import models
from django_otp.models import Device, DeviceManager, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP
from django_otp.util import random_hex

from batconnect.core.database.encryption import EncryptedTextField

_STEP_SECONDS: Final = 30
_DIGITS: Final = 6
# A code is good for its own half minute, the one before and the one after.
_TOLERANCE: Final = 1


class Authenticator(TimestampMixin, ThrottlingMixin, Device):
    """A person's authenticator app. As django-otp's TOTPDevice, whose key stands in the clear in 80 characters."""

    # What a right or a wrong code changes. The key never changes: a new app is a new row.
    _CHANGES: Final = (
        "throttling_failure_timestamp",
        "throttling_failure_count",
        "last_used_at",
        "drift",
        "last_step",
    )

    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="+")
    key = EncryptedTextField(default=random_hex, help_text="The shared secret, in hexadecimal.")
    drift = models.SmallIntegerField(default=0, help_text="By how many steps the phone's clock is wrong.")
    last_step = models.BigIntegerField(
        default=-1, help_text="The step of the last right code: each is good once, and none before it."
    )

    objects: models.Manager[Authenticator] = DeviceManager()

    class Meta(Device.Meta):
        db_table = "authenticators"
        verbose_name = "authenticator app"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the whole row, or write what codes change."""
        if not self._state.adding and kwargs.get("update_fields") is None:
            kwargs["update_fields"] = self._CHANGES
        super().save(*args, **kwargs)

    def verify_token(self, token: str) -> bool:
        """Whether the code is one that the app shows now and was not used yet; a wrong one is counted."""
        allowed, _ = self.verify_is_allowed()
        if not allowed:
            return False
        totp = TOTP(bytes.fromhex(self.key), _STEP_SECONDS, 0, _DIGITS, self.drift)
        totp.time = time.time()
        if not (
            token.isascii() and token.isdecimal() and totp.verify(int(token), _TOLERANCE, self.last_step + 1)
        ):
            self.throttle_increment(commit=True)
            return False
        self.last_step, self.drift = totp.t(), totp.drift
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> float:
        """After the n-th wrong code no other is looked at for 2ⁿ⁻¹ times so many seconds."""
        return 1

    @property
    def config_url(self) -> str:
        """What the QR code says to the app (otpauth://)."""
        issuer = settings.OTP_TOTP_ISSUER
        values = {
            "secret": b32encode(bytes.fromhex(self.key)).decode(),
            "algorithm": "SHA1",
            "digits": _DIGITS,
            "period": _STEP_SECONDS,
            "issuer": issuer,
        }
        label = quote(f"{issuer}:{self.user.get_username()}")
        return f"otpauth://totp/{label}?{urlencode(values, quote_via=quote)}"
