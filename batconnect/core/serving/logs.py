"""Logs as JSON lines: who, in which company, about which case and payment; no secrets, no personal data.

Imported by the settings, so it needs the standard library and structlog alone. Services bind what a line is
about: `structlog.contextvars.bind_contextvars(case="INTPAY000123", payment="INTPAY-2026-00012")`; request,
user and company are bound by the HTTP floor, the job by Celery's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK: Final = "***"
_SECRET_KEYS: Final = re.compile(
    r"passw|secret|token|encryption_?key|authori[sz]ation|cookie|credential|session_?(id|key)|csrf|api_?key|signature",
    re.IGNORECASE,
)
_PERSONAL_KEYS: Final = re.compile(r"licen[cs]e|e_?mail|phone|mobile|address", re.IGNORECASE)
# Every pattern is possessive where it repeats, or bounded, and begins only where a run of its characters begins: the
# time grows with the text and not with its square, whatever a stranger puts into a path or a header.
_IN_TEXT: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s++[\w.~+/=-]++"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]{5,}+(?:\.[\w-]*+){0,2}"), MASK),
    (re.compile(r"(?<=://)([^:/\s@]*+):[^@\s/]++@"), rf"\1:{MASK}@"),
    (
        re.compile(
            r"(?i)((?:password|passwd|token|secret(?:_key)?|tlc_licen[cs]e\w{0,20}+)[\"']?\s*+[:=]\s*+)"
            r"[\"']?[^\s,;\"'}]++"
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.-]++"), MASK),
    (re.compile(r"\+\d[\d ()-]{7,}\d|\(\d{3}\) ?\d{3}-\d{4}"), MASK),
    # What PostgreSQL quotes from the row in its DETAIL; the text may have been cut within.
    (re.compile(r"(Key \([^\n]{0,300}?\)=)\((?:[^()\n]|\([^()\n]*+\))*+\)?"), rf"\1({MASK})"),
    (re.compile(r"(Failing row contains )\(.*+"), rf"\1({MASK})"),
)
# Of a longer text the beginning and the end are kept: of a traceback the entry point and the fault.
_HEAD: Final = 2_000
_TAIL: Final = 6_000
_DEEPEST: Final = 6


def mask_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask secrets and personal data: by the name of a key at any depth, and by their look inside text."""
    return {key: _masked(str(key), value, _DEEPEST) for key, value in event.items()}


def _masked(key: str, value: Any, depth: int) -> Any:
    if (
        key
        and (_SECRET_KEYS.search(key) or _PERSONAL_KEYS.search(key))
        and value not in (None, "", True, False)
    ):
        return MASK
    if isinstance(value, str):
        return mask_text(value)
    if depth and isinstance(value, Mapping):
        return {inner: _masked(str(inner), held, depth - 1) for inner, held in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_masked("", held, depth - 1) for held in value]
    if value is None or isinstance(value, bool | int):
        return value
    return mask_text(str(value))


def mask_text(text: str) -> str:
    """The text without tokens, passwords, e-mail addresses, phone numbers and quoted rows; its middle left out when it
    is long, so that no text takes more than some milliseconds."""
    text = _bounded(text)
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _bounded(text: str) -> str:
    if len(text) <= _HEAD + _TAIL:
        return text
    # The end begins with a line of its own: the rest of a cut one might be the rest of a secret.
    end = text[-_TAIL:].partition("\n")[2]
    left_out = len(text) - _HEAD - len(end)
    return f"{text[:_HEAD]} … {left_out:,} characters left out …\n{end}"


_current_span: Callable[[], Any] | None = None


def name_traces(current_span: Callable[[], Any]) -> None:
    """From now on lines name the trace of the span that this returns (core.serving.traces)."""
    global _current_span
    _current_span = current_span


def name_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Name the trace that the line belongs to, where there is one."""
    if _current_span is not None and (context := _current_span().get_span_context()).is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        name_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def configure_logging(*, level: str) -> dict[str, Any]:
    """Configure structlog and return Django's LOGGING: every logger writes JSON lines to standard error."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared(),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    mask_private,
                    structlog.processors.JSONRenderer(serializer=json.dumps, sort_keys=False),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Every request has its own line (core.serving.middleware); these would say it again, with the query.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "WARNING"},
            "axes": {"level": "ERROR"},
            "weasyprint": {"level": "ERROR"},
            "fontTools": {"level": "ERROR"},
        },
    }
