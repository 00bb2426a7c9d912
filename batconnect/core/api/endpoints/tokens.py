"""Access and refresh tokens: /api/token/ and its siblings."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth import authenticate
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError

from batconnect.core.api.answers import Answer, Text
from batconnect.core.api.base import PublicView, outside_transaction
from batconnect.core.api.schema import documented
from batconnect.core.models import User
from batconnect.core.people.second_factor import WrongCode, verify_code
from batconnect.core.people.sign_in import missing_for_token, refusal_of_step
from batconnect.core.people.sign_in_limits import remember_device
from batconnect.core.people.token_families import (
    SignInEnded,
    TokenPair,
    begin_family,
    is_live,
    renew,
    sign_out,
)
from batconnect.core.people.tokens import AnyToken, Claims, RefreshToken
from batconnect.core.serving.throttling import login_locked

_TAGS: Final = ["Session"]


class _CredentialsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, trim_whitespace=False, write_only=True)
    code = serializers.CharField(
        max_length=40,
        required=False,
        write_only=True,
        help_text="Of the second factor, or a recovery code; only for accounts that have one.",
    )


class _RefreshBody(serializers.Serializer):  # type: ignore[type-arg]
    """A body with the refresh token."""

    refresh = serializers.CharField(write_only=True)


class _TokenBody(serializers.Serializer):  # type: ignore[type-arg]
    """A body with either token."""

    token = serializers.CharField(write_only=True)


class Tokens(Answer):
    """An access token, and what gets the next one."""

    access = Text("eyJhbGciOi…")
    refresh = Text("eyJhbGciOi…")


class Nothing(Answer):
    """An empty object."""


# Outside of ATOMIC_REQUESTS: a refused sign-in must leave its count behind.
@outside_transaction
class _TokenView(PublicView):
    """The answer without a token is 401 with its challenge."""

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'

    def claims_of(self, body: serializers.Serializer[Any], kind: type[RefreshToken | AnyToken]) -> Claims:
        """What the body's token says. Raises ValidationError without one, InvalidToken for a bad one."""
        body.is_valid(raise_exception=True)
        (token,) = body.validated_data.values()
        try:
            claims = kind(token).claims
        except TokenError as error:
            raise InvalidToken(str(error)) from error
        if kind is RefreshToken and claims.family is None:
            raise InvalidToken("Token is invalid")
        return claims


class TokenView(_TokenView):
    """`{username, password}` for `{access, refresh}`; with `code` for an account that has a second factor."""

    @documented(
        "Sign in",
        tags=_TAGS,
        request=_CredentialsSerializer,
        request_example={"username": "cashier", "password": "…"},
        response=Tokens,
        errors=[
            *("wrong_code", "no_active_account", "sign_in_unfinished", "too_many_requests", "login_locked"),
            "codes_locked",
        ],
    )
    def post(self, request: Request) -> Response:
        credentials = _CredentialsSerializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        username = credentials.validated_data["username"]
        user = authenticate(
            request._request, username=username, password=credentials.validated_data["password"]
        )
        if getattr(request._request, "axes_locked_out", False):
            raise login_locked(request._request)
        if not isinstance(user, User):
            raise AuthenticationFailed(
                "User name and password do not belong to an active account.", "no_active_account"
            )
        _finish(user, code=credentials.validated_data.get("code", ""))
        remember_device(request._request, user)
        try:
            return Response(_body(begin_family(user=user)))
        except SignInEnded as error:
            raise AuthenticationFailed(str(error), "no_active_account") from error


def _body(pair: TokenPair) -> dict[str, str]:
    return {"access": pair.access, "refresh": pair.refresh}


def _finish(user: User, *, code: str) -> None:
    """What a password alone does not open (ADR 0013). Raises SignInUnfinished, WrongCode, CodesLocked."""
    step = missing_for_token(user, code_given=bool(code))
    if step is not None:
        raise refusal_of_step(step)
    if user.second_factor_since and not verify_code(user=user, code=code):
        raise WrongCode("The code is wrong or has already been used.", field="code")


class RefreshView(_TokenView):
    """A new pair for a refresh token, which is spent by it."""

    @documented(
        "Refresh the tokens",
        tags=_TAGS,
        request=_RefreshBody,
        request_example={"refresh": "eyJhbGciOi…"},
        response=Tokens,
        errors=["token_not_valid"],
    )
    def post(self, request: Request) -> Response:
        claims = self.claims_of(_RefreshBody(data=request.data), RefreshToken)
        try:
            return Response(_body(renew(claims=claims)))
        except SignInEnded as error:
            raise InvalidToken(str(error)) from error


class VerifyView(_TokenView):
    """Whether a token is good."""

    @documented(
        "Verify a token",
        tags=_TAGS,
        request=_TokenBody,
        request_example={"token": "eyJhbGciOi…"},
        response=Nothing,
        errors=["token_not_valid"],
    )
    def post(self, request: Request) -> Response:
        if not is_live(claims=self.claims_of(_TokenBody(data=request.data), AnyToken)):
            raise InvalidToken("The sign-in that this token belongs to has ended, or the token was used.")
        return Response({})


class BlacklistView(_TokenView):
    """Sign out: the refresh token and every other token of the same sign-in end at once."""

    @documented(
        "Revoke a refresh token",
        tags=_TAGS,
        request=_RefreshBody,
        request_example={"refresh": "eyJhbGciOi…"},
        response=Nothing,
        errors=["token_not_valid"],
    )
    def post(self, request: Request) -> Response:
        claims = self.claims_of(_RefreshBody(data=request.data), RefreshToken)
        try:
            sign_out(claims=claims)
        except SignInEnded as error:
            raise InvalidToken(str(error)) from error
        return Response({})
