"""Two imports that use one reference at the same moment: the second is told so, any other fault is itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from ledger.settlement.services import earnings


@pytest.mark.parametrize(
    ("constraint", "told"), [("lease_earning_reference", Conflict), ("another", IntegrityError)]
)
def test_a_reference_that_was_used_meanwhile_is_a_conflict(
    manager: Actor, monkeypatch: pytest.MonkeyPatch, constraint: str, told: type[Exception]
) -> None:
    cause = Exception("unique")
    cause.diag = SimpleNamespace(constraint_name=constraint)  # type: ignore[attr-defined]  # as psycopg has it

    def post(**_: Any) -> None:
        raise IntegrityError from cause

    monkeypatch.setattr(earnings, "post_entries", post)

    with pytest.raises(told) as refused:
        earnings.post_earnings(actor=manager, drafts=[], earnings=[])
    assert constraint == "another" or refused.value.code == "earnings_taken"  # type: ignore[attr-defined]  # a refusal's
