"""Sign-in by token or session. User, membership, rights and company context in one statement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError

from batconnect.core.database.tenancy import open_request
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.codes import NO_ACTIVE_ACCOUNT
from batconnect.core.kernel.errors import CompanyContextInvalid, CompanyContextMissing, Refusal
from batconnect.core.models import User
from batconnect.core.people.sessions import chosen_company
from batconnect.core.people.sign_in import missing_step, refusal_of_step
from batconnect.core.people.tokens import AccessToken
from batconnect.core.serving.middleware import request_id_of

_FIELDS = tuple(field.attname for field in User._meta.concrete_fields)


class CompanyTokenAuthentication(JWTAuthentication):
    """A bearer access token, validated without the database; then the one statement of `open_request`.

    Leaves `actor` and `company_refusal` on the request: whether a company is needed, the view decides
    (`core.api.base`). 401 for a bad or expired token, for one whose generation or family is over, and for a
    deactivated user.
    """

    def authenticate(self, request: Request) -> tuple[User, Any] | None:  # type: ignore[override]  # a User, always
        header = self.get_header(request)
        raw_token = self.get_raw_token(header) if header else None
        if raw_token is None:
            return None
        token = self.get_validated_token(raw_token)
        try:
            claims = token.claims
        except TokenError as error:
            raise InvalidToken(str(error)) from error
        required = getattr((request.parser_context or {}).get("view"), "company_header_required", False)
        user = _open(
            request,
            user_id=claims.user_id,
            header_required=required,
            fallback=None,
            generation=claims.generation,
            family=claims.family,
        )
        return user, token

    def get_validated_token(self, raw_token: bytes) -> AccessToken:
        try:
            return AccessToken(raw_token)  # type: ignore[arg-type]  # annotated as a token, and takes the text of one
        except TokenError as error:
            raise InvalidToken(str(error)) from error


class CompanySessionAuthentication(SessionAuthentication):
    """The console's session with its CSRF check; the company is the header's, else the session's choice.

    A session that has not finished signing in is 403.
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        signed_in = super().authenticate(request)
        if signed_in is None:
            return None
        http_request = request._request
        step = missing_step(http_request)
        if step is not None:
            raise refusal_of_step(step)
        user_id = int(signed_in[0].pk)
        user = _open(request, user_id=user_id, header_required=False, fallback=chosen_company(http_request))
        return user, None

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise _CsrfFailed(str(error.detail)) from error


class _CsrfFailed(Refusal):
    """403: a session client without the CSRF token."""

    status = 403
    code = "csrf_failed"
    title = "Cross-site check failed"
    remedy = "Session clients send the value of the cookie csrftoken (__Host-csrftoken under HTTPS) as X-CSRFToken."


def _open(
    request: Request,
    *,
    user_id: int,
    header_required: bool,
    fallback: UUID | None,
    generation: int | None = None,
    family: UUID | None = None,
) -> User:
    """Set the context and attach the actor, or what is wrong with the company; 401 without an active user."""
    sent = request.headers.get("X-Company-Id", "").strip()
    refusal: Refusal | None = None
    company_id = fallback
    if sent:
        try:
            company_id = UUID(sent)
        except ValueError:
            company_id = None
            refusal = CompanyContextInvalid("X-Company-Id is not a UUID.", field="X-Company-Id")
    elif header_required:
        refusal = CompanyContextMissing("This call needs the header X-Company-Id.", field="X-Company-Id")
    opened = open_request(
        user_id=user_id,
        company_id=company_id,
        request_id=request_id_of(request._request),
        generation=generation,
        family=family,
    )
    if opened is None:
        raise exceptions.AuthenticationFailed(
            "This sign-in is over: the account is closed, or its password or second factor was changed, or "
            "somebody signed out. Sign in again.",
            code=NO_ACTIVE_ACCOUNT,
        )
    columns, actor = opened
    if actor is None and refusal is None:
        if company_id is not None:
            refusal = CompanyContextInvalid("You do not belong to this company.", field="X-Company-Id")
        else:
            refusal = CompanyContextMissing(
                "Name your company in X-Company-Id: you do not belong to exactly one.", field="X-Company-Id"
            )
    _attach(request, user_id=user_id, actor=None if refusal else actor, refusal=refusal)
    return _user(columns)


def _attach(request: Request, *, user_id: int, actor: Actor | None, refusal: Refusal | None) -> None:
    request.actor = actor  # type: ignore[attr-defined]  # read by core.api.base
    request.company_refusal = refusal  # type: ignore[attr-defined]  # read by core.api.base
    structlog.contextvars.bind_contextvars(user=user_id, company=str(actor.company_id) if actor else None)


def _user(columns: dict[str, Any]) -> User:
    """The user from the columns that were read; the others are deferred."""
    known = {**columns, "is_active": True}
    names = [name for name in _FIELDS if name in known]
    return User.from_db("default", names, [known[name] for name in names])
