"""Loans and repairs as tests go through both of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from ledger.repayment.actions import ACTIONS, DocumentAction
from ledger.repayment.kinds import RepaidKind
from ledger.tests.builders import Debtor, make_debtor
from loans.actions import ACTIONS as LOAN_ACTIONS
from loans.kind import LOANS
from loans.tests.builders import lend, loan_terms
from repairs.kind import REPAIRS
from repairs.tests.builders import repair, repair_terms

FIRST_SUNDAY = date(2025, 10, 5)


@dataclass(frozen=True)
class Repaid:
    """A kind, its step with the data that it takes, and how a document of it is made."""

    kind: RepaidKind
    step_id: str
    terms: Callable[..., dict[str, Any]]
    make: Callable[..., Any]
    actions: tuple[DocumentAction, ...]


KINDS = {
    "loan": Repaid(LOANS, "LOAN_ENTER_DETAILS", loan_terms, lend, LOAN_ACTIONS),
    "repair": Repaid(REPAIRS, "REPAIR_ENTER_DETAILS", repair_terms, repair, ACTIONS),
}


@pytest.fixture(params=KINDS)
def repaid(request: Any) -> Repaid:
    """Each kind in turn."""
    return KINDS[request.param]


@pytest.fixture
def kind(repaid: Repaid) -> RepaidKind:
    return repaid.kind


@pytest.fixture
def debtor(manager: Actor) -> Debtor:
    """John Doe on LS-2054; the transaction is inside north."""
    return make_debtor(manager)


@pytest.fixture
def client(client_of: Callable[..., Any], debtor: Debtor) -> Any:
    return client_of("cashier", company_header=False)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2025-10-01T16:00:00Z", tick=False) as traveler:
        yield traveler


@pytest.fixture
def document(clock: Any, manager: Actor, debtor: Debtor, repaid: Repaid) -> Any:
    """1,200.00 in five installments from 5 October 2025 on; a loan with 10 % interest."""
    more = {"interest_rate": Decimal(10)} if repaid.kind.bears_interest else {}
    return repaid.make(manager, debtor, "1200.00", start_week=FIRST_SUNDAY, **more)
