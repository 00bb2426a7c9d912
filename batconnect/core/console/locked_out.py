"""What somebody sees who signs in too often: a page in the console, a problem from the API."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from batconnect.core.api.problems import problem_http_response, refusal_problem
from batconnect.core.kernel.errors import TooManyRequests
from batconnect.core.serving.throttling import LoginLocked, login_locked


def locked_out_response(
    request: HttpRequest, _response: HttpResponse | None = None, _credentials: dict[str, str] | None = None
) -> HttpResponse:
    """What axes answers in place of a sign-in while an account is locked: a page in the console, else a problem."""
    refusal = login_locked(request)
    if request.path.startswith("/admin"):
        return locked_out_page(request, refusal)
    return problem_http_response(refusal_problem(refusal), request)


def locked_out_page(request: HttpRequest, refusal: TooManyRequests) -> HttpResponse:
    """The refusal of a sign-in as a page of the console."""
    context = {
        **admin.site.each_context(request),
        "message": refusal.message,
        "is_locked": isinstance(refusal, LoginLocked),
        "title": "Sign-in locked",
        "back": reverse("admin:login"),
    }
    page = render(request, "admin/locked_out.html", context, status=refusal.status)
    page["Retry-After"] = refusal.headers["Retry-After"]
    return page
