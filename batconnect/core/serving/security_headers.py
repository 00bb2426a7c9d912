"""What every answer tells the browser: where scripts may come from, what the page may use, who may embed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# The console's Alpine evaluates the attributes of its templates (ADR 0026). Nothing outside it needs that.
_CONSOLE: Final = "/admin/"
_EVALUATES: Final = {"script-src": ["'unsafe-eval'"]}
_FEATURES: Final = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen",
    "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_NO_FEATURES: Final = ", ".join(f"{feature}=()" for feature in _FEATURES)


class ContentSecurityMiddleware(CSPMiddleware):
    """The policy of the settings; inside the console scripts may evaluate text besides."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(_CONSOLE):
            parts.update = {**(parts.update or {}), **_EVALUATES}
        return parts


class BrowserRulesMiddleware:
    """No page may use a device of the visitor's, and no other site may embed an answer of ours.

    A site that CORS_ALLOWED_ORIGINS names asks by CORS, which this does not touch.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", _NO_FEATURES)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
