"""Tokens: what they contain, which keys sign them, and that nothing odd gets through.

A token names its user, the user's generation when the person signed in, and its family (ADR 0019). All of that is
compared with the rows by `core.database.tenancy.open_request` and `core.people.token_families`; here it is only read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken, TokenError

GENERATION: Final = "gen"
FAMILY: Final = "fam"
AUDIENCE: Final = "batconnect"
"""Who makes tokens, and whom they are for: what another service signs with the same key by mistake is not taken."""
_LONGEST: Final = 4096
"""Characters; ours have some 350. What is longer is not ours and need not be taken apart."""
_MAX_ID: Final = 2**63
_MAX_GENERATION: Final = 2**31
_LAST_SECOND: Final = 253_402_300_800
"""The year 10000, which no clock here knows."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, each of its proper kind."""

    user_id: int
    generation: int
    family: UUID | None
    jti: UUID


class SigningKeys:
    """Signs with the first key and accepts all: a new one goes in front, the old one out when its tokens are over."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._backends = tuple(
            TokenBackend("HS256", signing_key=key, audience=AUDIENCE, issuer=AUDIENCE) for key in keys
        )

    def encode(self, payload: dict[str, Any]) -> str:
        """The signed token."""
        return str(self._backends[0].encode(payload))

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The payload of a token that one of the keys signed. Raises TokenBackendError, whatever was sent."""
        text = token.decode("latin-1") if isinstance(token, bytes) else str(token)
        if len(text) > _LONGEST:
            raise TokenBackendError("Token is invalid")
        refused: TokenBackendError | None = None
        for backend in self._backends:
            try:
                payload = backend.decode(text, verify=verify)  # type: ignore[arg-type]  # annotated as the wrapped kind
            except TokenBackendExpiredToken:
                raise
            except TokenBackendError as error:
                refused = error
            except (ValueError, TypeError, OverflowError, RecursionError) as error:
                # A header nested a thousand deep, an expiry of 10^300: PyJWT does not look before it reckons.
                raise TokenBackendError("Token is invalid") from error
            else:
                _require_proper(payload)
                return payload
        assert refused is not None, "there is at least one key"
        raise refused

    def get_leeway(self) -> Any:
        """How long after its expiry a token is still taken: not at all."""
        return self._backends[0].get_leeway()


@lru_cache(maxsize=4)
def _keys(keys: tuple[str, ...]) -> SigningKeys:
    return SigningKeys(keys)


class _Signed(tokens.Token):
    def get_token_backend(self) -> Any:
        return _keys(tuple(settings.JWT_SIGNING_KEYS))

    @property
    def claims(self) -> Claims:
        """What the token says. Raises TokenError unless every claim is of its kind."""
        payload = self.payload
        family = payload.get(FAMILY)
        return Claims(
            user_id=_number(payload.get("user_id"), below=_MAX_ID),
            generation=_number(payload.get(GENERATION), below=_MAX_GENERATION),
            family=None if family is None else _uuid(family),
            jti=_uuid(payload.get("jti")),
        )


class AccessToken(_Signed, tokens.AccessToken):
    """Good for the API until it expires, its family ends, or its user's generation is raised."""

    @classmethod
    def for_user(cls, user: Any) -> Any:
        token = super().for_user(user)
        token[GENERATION] = user.token_generation
        return token


class RefreshToken(_Signed, tokens.RefreshToken):  # type: ignore[misc]  # a mixin of the library's, empty here
    """Good once, for the next pair; made by `core.people.token_families`."""

    access_token_class = AccessToken


class AnyToken(_Signed, tokens.UntypedToken):
    """Either kind, to be verified."""


def _require_proper(payload: dict[str, Any]) -> None:
    """Raise TokenBackendError unless the instants are instants: the library reckons with them unseen."""
    for name in ("exp", "iat", "nbf"):
        value = payload.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LAST_SECOND:
            raise TokenBackendError("Token is invalid")


def _number(value: Any, *, below: int) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < below:
        raise TokenError("Token is invalid")
    return value


def _uuid(value: Any) -> UUID:
    try:
        if isinstance(value, str):
            return UUID(value)
    except ValueError as error:
        raise TokenError("Token is invalid") from error
    raise TokenError("Token is invalid")
