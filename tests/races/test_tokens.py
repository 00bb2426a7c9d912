"""One refresh token, shown by several at the same moment, over real connections."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from batconnect.core.database.tenancy import set_company
from batconnect.core.models import AuditEvent, SpentToken, TokenFamily, User
from batconnect.core.people.token_families import begin_family
from tests.cast import NORTH
from tests.races.test_recording import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 6


def test_one_of_six_refreshes_at_once_gives_a_pair_and_the_others_end_the_family() -> None:
    pair = begin_family(user=User.objects.get(username="cashier"))

    answers = at_once(
        lambda _: APIClient().post("/api/token/refresh/", {"refresh": pair.refresh}), times=TIMES
    )

    assert Counter(each.status_code for each in answers) == {200: 1, 401: TIMES - 1}
    given = next(each.json() for each in answers if each.status_code == 200)
    assert SpentToken.objects.count() == TokenFamily.objects.count() == 1
    # Whoever came second may be the thief: nobody goes on with this sign-in.
    assert TokenFamily.objects.get().ended_why == TokenFamily.Ended.REUSED
    assert APIClient().post("/api/token/refresh/", {"refresh": given["refresh"]}).status_code == 401
    with transaction.atomic():
        set_company(NORTH, metadata={"job": "test"})
        assert AuditEvent.objects.filter(action="core.token_reused").count() == 1


def test_signing_out_while_refreshing_leaves_no_token_that_works() -> None:
    pair = begin_family(user=User.objects.get(username="cashier"))
    paths = ("refresh", "blacklist") * 3

    answers = at_once(
        lambda turn: APIClient().post(f"/api/token/{paths[turn]}/", {"refresh": pair.refresh}), times=TIMES
    )

    assert {each.status_code for each in answers} <= {200, 401}
    assert TokenFamily.objects.get().ended_at is not None
    for each in answers:
        if "refresh" in each.json():
            assert (
                APIClient().get("/api/me", HTTP_AUTHORIZATION=f"Bearer {each.json()['access']}").status_code
                == 401
            )
