"""Traces by OpenTelemetry: which request woke which job, and how long each took (docs/operations.md#traces).

An extra: the libraries are in requirements-tracing.txt, and nothing is traced before OTEL_EXPORTER_OTLP_ENDPOINT names
a collector. What leaves the process is what `_KEPT` names: neither addresses with their queries, which carry names, nor
what an error says, which quotes rows.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from batconnect.core.serving.logs import name_traces

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

_SEND_SECONDS: Final = 2
"""A collector that is away keeps a process that stops no longer than this."""
_KEPT: Final = frozenset(
    {
        *(
            "http.method",
            "http.request.method",
            "http.route",
            "http.status_code",
            "http.response.status_code",
        ),
        *("celery.action", "celery.state", "celery.task_name", "messaging.message.id", "exception.type"),
    }
)


def begin_tracing(program: str) -> None:
    """Trace requests, messages and jobs of this process and of those that it forks from now on, as `program`
    (OTEL_SERVICE_NAME, where that is set). Nothing happens without an address; call before the middleware is loaded.

    Raises ImproperlyConfigured where there is an address and no library.
    """
    if not settings.TRACES_ADDRESS:
        return
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.celery import CeleryInstrumentor
        from opentelemetry.instrumentation.django import DjangoInstrumentor
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ImproperlyConfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and the libraries that trace are not installed: "
            "pip install -r requirements-tracing.txt, or take the variable away."
        ) from error
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", program)})
    )
    provider.add_span_processor(BatchSpanProcessor(bare(OTLPSpanExporter(timeout=_SEND_SECONDS))))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument()
    CeleryInstrumentor().instrument()
    name_traces(trace.get_current_span)


def bare(exporter: SpanExporter) -> SpanExporter:
    """The exporter, which is given spans with what `_KEPT` names alone."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Bare(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            return exporter.export([_bare(span) for span in spans])

        def shutdown(self) -> None:
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return exporter.force_flush(timeout_millis)

    return Bare()


def _bare(span: ReadableSpan) -> ReadableSpan:
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.trace import Status

    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in (span.attributes or {}).items() if name in _KEPT},
        events=[
            Event(
                event.name,
                {name: value for name, value in (event.attributes or {}).items() if name in _KEPT},
                event.timestamp,
            )
            for event in span.events
        ],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
