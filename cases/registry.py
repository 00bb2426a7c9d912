"""The registered flows: the engine's way up to the apps (docs/architecture.md#hooks)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TypeVar

from django.apps import apps

from cases.flow import Flow

_flows: dict[str, Flow] = {}

FlowClass = TypeVar("FlowClass", bound=type[Flow])


def register(flow: FlowClass) -> FlowClass:
    """Register the case type; a class decorator. The last flow of a code wins, so that reloading works."""
    _flows[flow.code] = flow()
    return flow


def unregister(code: str) -> None:
    """Forget a case type: for tests that bring their own."""
    _flows.pop(code, None)


def find(code: str) -> Flow | None:
    """The flow of this case type, if any app declares it."""
    return _flows.get(code)


def flows() -> list[Flow]:
    """Every flow, by code."""
    return [_flows[code] for code in sorted(_flows)]


def discover() -> None:
    """Import `bpm_flows/*/flows.py` of every installed app, which registers what they declare."""
    for config in apps.get_app_configs():
        for source in sorted(Path(config.path).glob("bpm_flows/*/flows.py")):
            import_module(f"{config.name}.bpm_flows.{source.parent.name}.flows")
