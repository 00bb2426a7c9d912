"""The API's own description: Swagger UI from this server, and the OpenAPI document."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.encoding import force_bytes
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_making = threading.RLock()


def describe_api() -> Any:
    """The OpenAPI document: the same for everybody, and made once per process because it takes a second."""
    with _making:
        return _document(settings.ROOT_URLCONF)


@cache
def _document(urlconf: str) -> Any:
    return SchemaGenerator(urlconf=urlconf).get_schema(request=None, public=True)


@cache
def _written(urlconf: str, renderer: Callable[[], BaseRenderer]) -> bytes:
    """The document's bytes in a renderer's format, which take longer still than the document."""
    return force_bytes(renderer().render(_document(urlconf)))


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class SchemaView(SpectacularAPIView):
    """OpenAPI 3.1, as YAML or (by Accept or `?format=json`) as JSON."""

    authentication_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The kept bytes; whoever comes while they are made waits for them instead of making them again."""
        renderer = request.accepted_renderer
        with _making:
            written = _written(settings.ROOT_URLCONF, type(renderer))  # type: ignore[arg-type]  # a class is hashable
        name = self._get_filename(request, None)
        return HttpResponse(
            written,
            content_type=renderer.media_type,
            headers={"Content-Disposition": f'inline; filename="{name}"'},
        )


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    """Swagger UI; its script is a request of its own, as the content security policy wants it."""

    authentication_classes = ()
    url_name = "schema"
