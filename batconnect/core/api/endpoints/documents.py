"""The API's own description: Swagger UI from this server, and the OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class _KeptGenerator(SchemaGenerator):
    """The document is the same for everybody and takes a second to make: once per process."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        return _document(settings.ROOT_URLCONF)


@cache
def _document(urlconf: str) -> Any:
    return SchemaGenerator(urlconf=urlconf).get_schema(request=None, public=True)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class SchemaView(SpectacularAPIView):
    """OpenAPI 3.1, as YAML or (by Accept or `?format=json`) as JSON."""

    authentication_classes = ()
    generator_class = _KeptGenerator


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    """Swagger UI; its script is a request of its own, as the content security policy wants it."""

    authentication_classes = ()
    url_name = "schema"
