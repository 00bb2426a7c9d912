"""The engine's tests bring their own workflows, whose rows are in the suite's template database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from cases import registry, services
from cases.models import Case, CaseEntity, CaseEvent
from tests.bpm_flows.inspection.flows import Imported, Inspection

WHOLE = {"vehicle": "8SAM401", "fee": "120.50", "findings": [{"code": "brakes", "amount": "20.00"}]}


@pytest.fixture(autouse=True)
def test_flows() -> Iterator[None]:
    """The test workflows, known in this process while a test runs."""
    for flow in (Inspection, Imported):
        registry.register(flow)
    yield
    for flow in (Inspection, Imported):
        registry.unregister(flow.code)


@pytest.fixture
def inspection(cashier: Actor) -> Case:
    """An open inspection of north, made by the cashier."""
    return services.create_case(actor=cashier, case_type="TSTINS").case


@pytest.fixture
def snapshot() -> Callable[[], Any]:
    """Every row that the engine might have written, to compare before and after a refusal."""

    def take() -> Any:
        return (
            list(Case.objects.order_by("id").values()),
            list(CaseEvent.objects.order_by("id").values()),
            list(CaseEntity.objects.order_by("id").values()),
        )

    return take
