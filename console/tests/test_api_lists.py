"""Every list of the API, over the console's world: by cursor it is the same rows as by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batconnect.core.api.base import SignedInView
from batconnect.core.kernel.actors import Actor
from tests.access.endpoints import Call, calls
from tests.cast import StaffClient

# Its rows have running balances: each page reads all that is before it.
BY_PAGE_ALONE = {"GET /ledger/accounts/<uuid:account_id>/detail"}
PAGE = {"page", "offset"}


def parameters(call: Call) -> set[str]:
    return set(getattr(getattr(call.view, call.method.lower()), "query_parameters", None) or ())


def lists() -> Iterator[Call]:
    """What is paged; files of lists know the parameters of a page and look at none of them."""
    for call in calls(SignedInView):
        if call.method == "GET" and parameters(call) & PAGE and "export" not in call.route:
            yield call


PLAIN = [each for each in lists() if not each.takes_ids]


def test_every_list_is_paged_by_cursor_too() -> None:
    without = {str(each) for each in lists() if "after" not in parameters(each)}

    assert without == BY_PAGE_ALONE
    assert len(PLAIN) > 35


def read(client: StaffClient, call: Call, **asked: str) -> tuple[list[Any], Any]:
    """The rows of the page and its `next`."""
    answer = client.get(call.path(), asked)
    assert answer.status_code == 200, f"{call} {asked} {answer.content[:300]!r}"
    body = answer.json()
    body = body.get("data", body)
    return body["items"] if "items" in body else body["results"], body["next"]


def orders(client: StaffClient, call: Call) -> list[str]:
    """The names that the list says it can be sorted by."""
    if "sort_by" not in parameters(call):
        return []
    refused = client.get(call.path(), {"sort_by": "?"}).json()
    assert refused["code"] == "unknown_sort", refused
    return str(refused["detail"]).partition("sort_by is one of ")[2].removesuffix(".").split(", ")


@pytest.mark.parametrize("call", PLAIN, ids=str)
def test_behind_the_cursor_comes_what_the_page_ends_with(
    world: Actor, client_of: Callable[..., StaffClient], call: Call
) -> None:
    client = client_of("administrator" if call.route.startswith("api/audit") else "manager")
    size = "per_page" if "page" in parameters(call) else "limit"
    for name in orders(client, call) or [""]:
        for direction in ("asc", "desc") if name else ("",):
            order = {"sort_by": name, "sort_order": direction} if name else {}
            whole, end = read(client, call, **order, **{size: "200"})
            if len(whole) < 2:
                continue
            half = len(whole) // 2
            assert end is None or len(whole) == 200
            first, following = read(client, call, **order, **{size: str(half)})

            second, _ = read(client, call, **order, **{size: "200"}, after=following)
            shown = [*map(_still, first), *map(_still, second)]
            assert shown[: len(whole)] == [*map(_still, whole)], order


def _still(row: Any) -> Any:
    """The row without links that are signed anew each time."""
    return (
        {key: value for key, value in row.items() if not key.endswith("_url")}
        if isinstance(row, dict)
        else row
    )


@pytest.mark.parametrize("call", PLAIN, ids=str)
def test_a_text_that_is_no_cursor_is_named(
    world: Actor, client_of: Callable[..., StaffClient], call: Call
) -> None:
    answer = client_of("manager").get(call.path(), {"after": "nonsense"})

    assert answer.status_code == 400, answer.content[:300]
    assert (answer.json()["code"], answer.json()["errors"][0]["field"]) == ("unknown_cursor", "after")
