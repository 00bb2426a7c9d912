"""Instalments that fall due become obligations, exactly once."""

from __future__ import annotations

from batconnect.core.actors import Actor
from batconnect.core.clock import today
from ledger.tests.builders import Debtor
from loans.services import post_due_installments
from loans.tests.builders import lend


def test_posts(manager: Actor, debtor: Debtor) -> None:
    lend(manager, debtor, loan_date=today(manager.company))

    report = post_due_installments(actor=manager)

    assert report.posted == 0
