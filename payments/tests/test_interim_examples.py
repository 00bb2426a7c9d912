"""The examples of /docs have the fields of real answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payments.examples import interim as examples
from payments.tests.builders import Debtor
from tests.cast import StaffClient

PATH = "/payments/interim-payments"


def shape(value: Any) -> Any:
    """The member names, all the way down; of a list its first entry's."""
    if isinstance(value, Mapping):
        return {name: shape(held) for name, held in value.items() if name != "decision"}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return None


def test_examples_look_like_answers(john: Debtor, submit: Any, api: StaffClient) -> None:
    number = submit().json()["payment_id"]

    page = api.get(PATH).json()
    detail = api.get(f"{PATH}/{number}").json()
    receipt = api.get(f"{PATH}/{number}/receipt").json()

    assert shape(examples.PAGE) == shape(page)
    assert shape(examples.DETAIL) == shape(detail)
    assert shape(examples.RECEIPT) == shape(receipt)
