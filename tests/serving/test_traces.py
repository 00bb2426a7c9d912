"""What leaves the process with a trace, and that a line of the log names it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, Tracer, get_current_span

from batconnect.core.serving import logs, traces
from batconnect.core.serving.logs import name_trace

PRIVATE = "Rosa Alvarez"


@pytest.fixture
def sent() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(sent: InMemorySpanExporter) -> Iterator[Tracer]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(traces.bare(sent)))
    yield provider.get_tracer("test")
    provider.shutdown()


def test_neither_addresses_nor_messages_leave(sent: InMemorySpanExporter, tracer: Tracer) -> None:
    with tracer.start_as_current_span(
        "GET api/customers", attributes={"http.route": "api/customers"}
    ) as span:
        span.set_attributes({"http.url": f"/api/customers?name={PRIVATE}", "http.status_code": 500})
        span.record_exception(ValueError(f"Key (name)=({PRIVATE})"))
        span.set_status(StatusCode.ERROR, f"ValueError: Key (name)=({PRIVATE})")

    (left,) = sent.get_finished_spans()
    assert dict(left.attributes or {}) == {"http.route": "api/customers", "http.status_code": 500}
    assert [dict(event.attributes or {}) for event in left.events] == [{"exception.type": "ValueError"}]
    assert left.status.description is None
    assert PRIVATE not in left.to_json()


def test_a_line_names_its_trace(tracer: Tracer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_current_span", get_current_span)
    event: dict[str, Any] = {"event": "paid"}
    with tracer.start_as_current_span("POST api/payments") as span:
        inside = name_trace(None, "info", dict(event))

    assert inside == {"event": "paid", "trace_id": f"{span.get_span_context().trace_id:032x}"}
    assert name_trace(None, "info", dict(event)) == event


def test_a_line_asks_nobody_for_its_trace_without_tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    # As another thread leaves it, which is importing it just now for a library that would trace by itself.
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", ModuleType("opentelemetry.trace"))

    assert name_trace(None, "info", {"event": "paid"}) == {"event": "paid"}


def test_nothing_is_traced_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    traces.begin_tracing("test")
    with (
        override_settings(TRACES_ADDRESS="http://collector:4318"),
        pytest.raises(ImproperlyConfigured, match=r"requirements-tracing\.txt"),
    ):
        traces.begin_tracing("test")
