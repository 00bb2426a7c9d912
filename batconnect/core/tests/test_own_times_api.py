"""Jobs that a company times for itself, by the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from batconnect.core.models import CompanySchedule
from tests.cast import StaffClient

VERIFY: Final = "verify_ledger"
REASON: Final = "The auditors are in the house"
SCHEDULES: Final = "/api/schedules"


def test_the_api_changes_pauses_and_resumes(client_of: Callable[..., StaffClient], in_north: Any) -> None:
    client = client_of("administrator")

    listed = client.get(SCHEDULES).json()["schedules"]
    changed = client.patch(
        f"{SCHEDULES}/{VERIFY}",
        {"day": "Monday", "time": "06:30", "time_zone": "America/Chicago"},
        format="json",
    )
    paused = client.patch(
        f"{SCHEDULES}/{VERIFY}", {"is_paused": True, "reason": f"  {REASON} "}, format="json"
    )
    resumed = client.patch(f"{SCHEDULES}/{VERIFY}", {"is_paused": False}, format="json")

    assert VERIFY in [each["job"] for each in listed]
    assert changed.json()["words"] == "Mondays at 06:30, Chicago"
    assert len(changed.json()["next_runs"]) == 3
    assert (paused.json()["pause_reason"], paused.json()["next_runs"]) == (REASON, [])
    assert (resumed.json()["is_paused"], resumed.json()["version"]) == (False, 3)


def test_the_second_administrator_is_refused_by_the_version(
    client_of: Callable[..., StaffClient], in_north: Any
) -> None:
    client = client_of("administrator")
    seen = client.get(f"{SCHEDULES}/{VERIFY}")["ETag"]

    first = client.patch(
        f"{SCHEDULES}/{VERIFY}", {"time": "06:00"}, format="json", headers={"If-Match": seen}
    )
    second = client.patch(
        f"{SCHEDULES}/{VERIFY}", {"time": "07:00"}, format="json", headers={"If-Match": seen}
    )

    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["code"] == "stale"
    assert client.get(f"{SCHEDULES}/{VERIFY}").json()["time"] == "06:00"


@pytest.mark.parametrize(
    "body",
    [
        {"time": "25:00"},
        {"time": "05:00:30"},
        {"time": 500},
        {"day": "someday"},
        {"day": None},
        {"time_zone": None},
        {"time_zone": "x" * 61},
        {"is_paused": "yes"},
        {"task": "os.system"},
        {"reason": "x" * 501},
    ],
)
def test_the_api_refuses_what_is_not_a_schedule(
    client_of: Callable[..., StaffClient], in_north: Any, body: dict[str, Any]
) -> None:
    answer = client_of("administrator").patch(f"{SCHEDULES}/{VERIFY}", body, format="json")

    assert answer.status_code == 400
    assert not CompanySchedule.objects.exists()
