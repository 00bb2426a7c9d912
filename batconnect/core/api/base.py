"""The base of every API view: who asks, in which company, with which right; then the body.

Order of what can refuse: sign-in (401), company (403), permission (403), rate (429), idempotency key and a
stored answer, and only then what the view itself reads. An answer other than 2xx leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, TypeVar

from django.db import transaction
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batconnect.core.api.idempotency import (
    Claim,
    StoredAnswer,
    claim_key,
    read_key,
    request_hash,
    store_answer,
)
from batconnect.core.api.parameters import refuse_parameters
from batconnect.core.api.problems import roll_back
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.permissions import PERMISSIONS
from batconnect.core.serving.throttling import limit_writes

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HANDLERS = ("get", "post", "put", "patch", "delete")


class _Replay(Exception):
    """Not an error: the answer is already known."""

    def __init__(self, answer: StoredAnswer) -> None:
        super().__init__()
        self.answer = answer


class _OneRenderer(BaseContentNegotiation):
    """We speak JSON whatever `Accept` says; files are asked for by `?format=`."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        content_type = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """Rolls back whatever is answered without success, and renders writes inside their transaction."""

    runs_in_transaction: ClassVar[bool] = True
    # False where the parameters that an operation takes are known only later.
    checks_parameters: ClassVar[bool] = True
    # Whether what is read may come from a replica, a few seconds old (`core.database.replica`).
    may_lag: ClassVar[bool] = True
    content_negotiation_class = _OneRenderer
    metadata_class = None

    def shared_codes(self, method: str) -> Iterator[str]:
        """The codes with which every call of such a view can be refused, for the documentation."""
        yield from ("invalid", "malformed_body", "unknown_parameter", "repeated_parameter")
        yield from ("server_error", "unavailable", "took_too_long")
        if method not in _READING:
            yield from (
                "unsupported_media_type",
                "too_large",
                "busy",
                "maybe_stored",
                "stored_without_answer",
            )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "\x00" in request._request.path:
            raise Http404
        for name, values in request._request.GET.lists():
            if any("\x00" in value for value in values) or "\x00" in name:
                raise InvalidInput(
                    "NUL characters are not accepted.",
                    errors=[
                        FieldError(
                            name.replace("\x00", "?"), "NUL characters are not accepted.", "unstorable_text"
                        )
                    ],
                )

        method = "get" if request.method == "HEAD" else str(request.method).lower()
        known: Mapping[str, bool] | None = getattr(getattr(self, method, None), "query_parameters", None)
        if known is not None and self.checks_parameters:
            repeatable = [name for name, many in known.items() if many]
            refuse_parameters(request._request.GET, known=known, repeatable=repeatable)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if not 200 <= answer.status_code < 300:
            roll_back(self)
        elif request.method not in _READING:
            self._conclude(answer)
        return answer

    def _conclude(self, answer: HttpResponseBase) -> None:
        """Render now: an answer that cannot be written must not be committed."""
        if isinstance(answer, Response):
            answer.render()


_View = TypeVar("_View", bound=ApiView)


def outside_transaction(view: type[_View]) -> type[_View]:
    """Run the view outside of ATOMIC_REQUESTS: what it writes stays, also when it refuses."""
    view.runs_in_transaction = False
    decorated: type[_View] = method_decorator(transaction.non_atomic_requests, name="dispatch")(view)
    return decorated


class PublicView(ApiView):
    """A view without sign-in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class SignedInView(ApiView):
    """A view for any signed-in user, with or without a company."""

    permission_classes = (IsAuthenticated,)
    company_header_required: ClassVar[bool] = False

    def shared_codes(self, method: str) -> Iterator[str]:
        yield from super().shared_codes(method)
        yield from ("not_authenticated", "token_not_valid", "no_active_account", "sign_in_unfinished")
        yield "permission_denied"
        if method not in _READING:
            yield from ("csrf_failed", "too_many_requests")


class CompanyView(SignedInView):
    """A view inside one company.

    `required_permission` names, per method, the permission code, or None where membership is enough; every
    handler needs an entry. `company_header_required`: token clients must send `X-Company-Id` even with a single
    company (/api/payments, /api/accounting, /api/customers, /api/invoices). `idempotency` is for POST:
    `required` (400 without a key) or `honored`.
    """

    required_permission: ClassVar[Mapping[str, str | None]] = {}
    idempotency: ClassVar[Literal["required", "honored"]] = "honored"

    actor: Actor
    _claim: Claim | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for method in _HANDLERS:
            if hasattr(cls, method) and method.upper() not in cls.required_permission:
                raise TypeError(f"{cls.__qualname__}.required_permission says nothing of {method.upper()}")
        for permission in cls.required_permission.values():
            if permission is not None and permission not in PERMISSIONS:
                raise TypeError(f"{cls.__qualname__} asks for the unknown permission {permission}")

    def shared_codes(self, method: str) -> Iterator[str]:
        yield from super().shared_codes(method)
        yield from ("company_context_missing", "company_context_invalid")
        if method == "POST":
            yield from ("idempotency_key_invalid", "idempotency_key_reused", "idempotency_in_progress")
            if self.idempotency == "required":
                yield "idempotency_key_missing"

    def check_permissions(self, request: Request) -> None:
        """401, then the company (403), then the method's permission (403)."""
        super().check_permissions(request)
        if (refusal := getattr(request, "company_refusal", None)) is not None:
            raise refusal
        self.actor = request.actor  # type: ignore[attr-defined]  # set by core.api.authentication
        method = "GET" if request.method == "HEAD" else str(request.method)
        permission = self.required_permission.get(method)
        if permission is not None:
            self.actor.require(permission)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in _READING:
            return
        assert self.actor.user_id is not None
        limit_writes(user_id=self.actor.user_id)
        if request.method == "POST" and hasattr(self, "post"):
            self._claim_or_replay(request)

    def _claim_or_replay(self, request: Request) -> None:
        key = read_key(request.headers.get("Idempotency-Key"), required=self.idempotency == "required")
        if key is None:
            return
        digest = request_hash(
            method="POST", path=request._request.path, query=request._request.GET, data=request.data
        )
        outcome = claim_key(actor=self.actor, key=key, wanted=digest)
        if isinstance(outcome, StoredAnswer):
            raise _Replay(outcome)
        self._claim = outcome

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, _Replay):
            return exc.answer.to_response()
        return super().handle_exception(exc)

    def _conclude(self, answer: HttpResponseBase) -> None:
        super()._conclude(answer)
        if self._claim is not None:
            assert isinstance(answer, HttpResponse), "a repeatable write answers with a body that can be kept"
            store_answer(self._claim, answer)
