"""What in a bank's text may be a number, and how it may be spelled: the rules by themselves."""

from __future__ import annotations

import pytest

from bank.rules.evidence_text import tokens_of


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("INV2026001", {"INV2026001", "INV-2026-001"}),
        ("inv2026001", {"inv2026001", "INV2026001", "INV-2026-001"}),
        ("INV 2026 001", {"INV2026001", "INV-2026-001"}),
        ("EZ-88213", {"EZ-88213"}),
    ],
)
def test_a_number_is_tried_in_every_way_that_it_may_be_spelled(text: str, spellings: set[str]) -> None:
    assert spellings in [set(token.spellings) for token in tokens_of(text)]
