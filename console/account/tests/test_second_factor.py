"""The second factor: nothing opens before it, codes are good once, guessing gets slower, the lost phone."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, NotAllowed, NotFound
from batconnect.core.models import AuditEvent, Authenticator, User
from batconnect.core.people.places import NotYourAccount
from batconnect.core.people.second_factor import reset_second_factor, set_up
from console.tests.conftest import ConsoleClient
from tests.cast import NORTH, acting
from tests.console import browser
from tests.databases import owners_hand
from tests.digest import assert_nothing_written

KEY = "0123456789abcdef0123456789abcdef01234567"  # pragma: allowlist secret - the test's own
CODE, SET_UP = "/admin/sign-in/second-factor/", "/admin/sign-in/second-factor-set-up/"
NOW = datetime(2026, 3, 2, 14, 0, 5, tzinfo=UTC)


def code_now(key: str = KEY, *, steps: int = 0) -> str:
    """What the app shows now, or some half minutes later."""
    return f"{totp(bytes.fromhex(key), t0=-30 * steps):06d}"


def protect(username: str) -> list[str]:
    """Set up a device for one of the cast; returns the recovery codes. The code of five minutes ago is spent."""
    user = User.objects.get(username=username)
    with owners_hand():
        User.objects.filter(pk=user.pk).update(home_company_id=NORTH)
    user.refresh_from_db()
    with time_machine.travel(datetime.now(tz=UTC) - timedelta(minutes=5), tick=False):
        return set_up(user=user, key=KEY, code=code_now())


def every_address() -> list[str]:
    """The address of every page of the console, with 1 for each part."""

    def walk(patterns: list[Any], prefix: str) -> list[str]:
        paths: list[str] = []
        for pattern in patterns:
            here = prefix + re.sub(r"<[^>]*>", "1", str(pattern.pattern))
            if isinstance(pattern, URLResolver):
                paths += walk(pattern.url_patterns, here)
            elif isinstance(pattern, URLPattern) and "(?P" not in here:
                paths.append(here)
        return paths

    return [*walk(admin.site.get_urls(), "/admin/"), "/admin/directory/", "/admin/what/ever/"]


def test_nothing_opens_before_the_second_factor(manager: Actor) -> None:
    protect("manager")
    client = browser("manager")
    addresses = every_address()
    paths = [
        path for path in addresses if path not in {reverse("admin:login"), reverse("admin:logout"), CODE}
    ]

    led = {path: client.get(path).headers.get("Location", "") for path in paths}
    posted = client.post(reverse("admin:directory_customer_add"), {"name": "X"})
    api = client.get("/api/me")

    assert len(led) > 150
    assert {
        path
        for path, location in led.items()
        if location != ("/admin/" if path.startswith("/admin/sign-in/") else f"{CODE}?next={path}")
    } == set()
    assert posted["Location"] == f"{CODE}?next=/admin/directory/customer/add/"
    assert (api.status_code, api.json()["code"]) == (403, "sign_in_unfinished")


def test_nothing_opens_before_a_device_is_set_up_where_one_is_required(manager: Actor, settings: Any) -> None:
    settings.CONSOLE_SECOND_FACTOR = True
    client = browser("manager")

    answers = [client.get(path) for path in ("/admin/", "/admin/company/", "/admin/account/", CODE)]

    assert [answer["Location"].partition("?")[0] for answer in answers] == [SET_UP, SET_UP, SET_UP, "/admin/"]
    assert client.get("/api/me").status_code == 403
    assert client.get(SET_UP).status_code == 200


def test_sets_up_a_device_and_shows_the_codes_once(manager: Actor, settings: Any) -> None:
    settings.CONSOLE_SECOND_FACTOR = True
    client = browser("manager")
    sent = client.get("/admin/payments/payment/?q=1")
    page = client.get(sent["Location"]).content.decode()
    typed = re.search(r"account-code[^>]*>([A-Z2-7 ]+)<", page)
    assert typed is not None
    key, before = client.session["second_factor_key"], client.session.session_key

    wrong = client.post(sent["Location"], {"code": "000000", "next": "/admin/payments/payment/?q=1"})
    assert not Authenticator.objects.exists()
    done = client.post(sent["Location"], {"code": code_now(key), "next": "https://elsewhere.example/"})

    shown = re.findall(r">([a-z2-7]{7}(?:-[a-z2-7]{7}){3})<", done.content.decode())
    assert 'src="data:image/svg+xml;base64,' in page
    assert "Is the clock on your phone right?" in wrong.content.decode()
    assert (len(shown), len(set(shown))) == (10, 10)
    assert "elsewhere" not in done.content.decode()
    assert client.session.session_key != before
    assert "second_factor_key" not in client.session
    assert client.get("/admin/").status_code == 200
    assert set(StaticToken.objects.values_list("token", flat=True)).isdisjoint(shown)
    assert client.get(SET_UP)["Location"] == "/admin/"


def test_a_slower_session_does_not_replace_the_device(manager: Actor) -> None:
    stale = User.objects.get(username="manager")
    protect("manager")

    with pytest.raises(Conflict):
        set_up(user=stale, key="ff" * 20, code=code_now("ff" * 20))

    assert Authenticator.objects.get().key == KEY


def test_asks_for_the_code_and_leads_on(manager: Actor) -> None:
    protect("manager")
    client = browser("manager")
    redirect = client.get("/admin/payments/payment/?status=posted")
    before = client.session.session_key

    answer = client.post(
        redirect["Location"], {"code": code_now(), "next": "/admin/payments/payment/?status=posted"}
    )

    assert redirect["Location"] == f"{CODE}?next=/admin/payments/payment/%3Fstatus%3Dposted"
    assert answer["Location"] == "/admin/payments/payment/?status=posted"
    assert client.session.session_key != before
    assert client.get("/api/me").status_code == 200


def test_refuses_a_code_that_was_used(manager: Actor) -> None:
    protect("manager")
    with time_machine.travel(NOW + timedelta(days=900), tick=False):
        first, second = browser("manager"), browser("manager")
        first.post(CODE, {"code": code_now()})

        replayed = second.post(CODE, {"code": code_now()})

        assert "has already been used" in html.unescape(replayed.content.decode())
        assert first.get("/admin/").status_code == 200
        assert second.get("/admin/")["Location"] == f"{CODE}?next=/admin/"


def test_takes_a_recovery_code_once(manager: Actor) -> None:
    codes = protect("manager")
    first, second = browser("manager"), browser("manager")

    taken = first.post(CODE, {"code": codes[3].upper().replace("-", " ")})
    again = second.post(CODE, {"code": codes[3]})

    assert taken["Location"] == "/admin/"
    assert "has already been used" in again.content.decode()
    assert StaticToken.objects.count() == 9
    assert AuditEvent.objects.get(action="core.use_recovery_code").details == {"left": 9}


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_guessing_gets_slower_and_says_how_long(manager: Actor, kind: str) -> None:
    codes = protect("manager")
    start = NOW + timedelta(days=900)
    statuses = []
    with time_machine.travel(start, tick=False) as clock:
        client = browser("manager")
        for second in range(60):
            clock.move_to(start + timedelta(seconds=second))
            answer = client.post(CODE, {"code": "000000" if kind == "app" else "aaaaa-aaaaa"})
            statuses.append(answer.status_code)
        right = codes[0] if kind == "recovery" else code_now()
        refused = client.post(CODE, {"code": right})
        clock.move_to(start + timedelta(seconds=130))
        let_in = client.post(CODE, {"code": codes[0] if kind == "recovery" else code_now()})

    # Taken at second 0, 1, 3, 7, 15 and 31; all others are not even looked at.
    assert statuses.count(200) == 6
    assert (refused.status_code, refused["Retry-After"]) == (429, "4")
    assert "Too many wrong codes: wait 4 seconds" in refused.content.decode()
    assert let_in["Location"] == "/admin/"


def test_another_device_ends_the_proof_of_every_other_session(manager: Actor) -> None:
    codes = protect("manager")
    here, there = browser("manager"), browser("manager")
    here.post(CODE, {"code": codes[0]})
    there.post(CODE, {"code": codes[1]})
    unproved = here.get(SET_UP)

    led = here.post("/admin/account/", {"code": codes[2], "do": "device"})
    page = here.get(led["Location"])
    done = here.post(led["Location"], {"code": code_now(here.session["second_factor_key"])})

    assert unproved["Location"] == "/admin/"
    assert page.status_code == 200
    assert "recovery codes" in done.content.decode()
    assert here.get("/admin/").status_code == 200
    assert there.get("/admin/")["Location"] == f"{CODE}?next=/admin/"
    assert Authenticator.objects.count() == 1


def test_new_recovery_codes_need_the_password_and_void_the_old(manager: Actor) -> None:
    user = User.objects.get(username="manager")
    user.set_password("correct horse battery")
    user.save()
    old = protect("manager")
    client = browser("manager")
    client.post(CODE, {"code": old[0]})

    wrong = client.post("/admin/account/", {"password": "wrong", "do": "codes"})
    renewed = client.post("/admin/account/", {"password": "correct horse battery", "do": "codes"})

    new = re.findall(r">([a-z2-7]{7}(?:-[a-z2-7]{7}){3})<", renewed.content.decode())
    assert "This is not your password." in wrong.content.decode()
    assert len(new) == 10
    assert "is wrong" in browser("manager").post(CODE, {"code": old[1]}).content.decode()


def test_turns_off_only_where_none_is_required(manager: Actor, settings: Any) -> None:
    codes = protect("manager")
    client = browser("manager")
    client.post(CODE, {"code": codes[0]})

    settings.CONSOLE_SECOND_FACTOR = True
    client.post("/admin/account/", {"code": codes[1], "do": "off"})
    kept = Authenticator.objects.count()
    settings.CONSOLE_SECOND_FACTOR = False
    client.post("/admin/account/", {"code": codes[2], "do": "off"})

    assert (kept, Authenticator.objects.count()) == (1, 0)
    assert client.get("/admin/").status_code == 200


def test_an_administrator_resets_a_lost_device_with_a_reason(administrator: Actor) -> None:
    codes = protect("cashier")
    cashier = browser("cashier")
    cashier.post(CODE, {"code": codes[0]})
    user = User.objects.get(username="cashier")
    (address,) = [
        each.replace("/1/", f"/{user.pk}/") for each in every_address() if "reset-second-factor" in each
    ]
    reason = {"reason": "Lost the phone; called back on her own number."}

    seen = browser("administrator").post(address, reason)
    confirm = re.search(r'name="seen" value="([0-9a-f]+)"', seen.content.decode())
    assert confirm is not None
    browser("administrator").post(address, {**reason, "seen": confirm[1]})

    user.refresh_from_db()
    event = AuditEvent.objects.get(action="core.reset_second_factor")
    assert user.second_factor_since is None
    assert (event.subject_id, event.actor, event.reason) == (str(user.pk), "Ada", reason["reason"])
    assert not Authenticator.objects.exists()
    assert KEY not in seen.content.decode()
    assert browser("manager").post(address, reason).status_code == 403


def test_nobody_resets_their_own_device_or_that_of_another_company(administrator: Actor) -> None:
    protect("administrator")
    protect("cashier")
    outsider = User.objects.get(username="outsider")

    with assert_nothing_written():
        for user_id, refusal in ((administrator.user_id, NotYourAccount), (outsider.pk, NotFound)):
            with pytest.raises(refusal):
                reset_second_factor(actor=administrator, user_id=user_id, reason="Because I can do it.")

    with acting("manager") as manager, pytest.raises(NotAllowed):
        reset_second_factor(actor=manager, user_id=1, reason="Because I can do it.")


def test_a_token_needs_the_code_as_well(manager: Actor, settings: Any) -> None:
    user = User.objects.get(username="manager")
    user.set_password("correct horse battery")
    user.save()
    login = {"username": "manager", "password": "correct horse battery"}
    client = ConsoleClient()

    def sign_in(**more: str) -> tuple[int, str]:
        answer = client.post("/api/token/", {**login, **more}, content_type="application/json")
        return answer.status_code, answer.json().get("code", "")

    without = sign_in()
    settings.TOKEN_SECOND_FACTOR = True
    required = sign_in()
    codes = protect("manager")

    assert without == (200, "")
    assert required == (403, "sign_in_unfinished")
    assert sign_in() == (403, "sign_in_unfinished")
    assert sign_in(code="000000") == (400, "wrong_code")
    assert sign_in(code="000000") == (429, "codes_locked")
    assert sign_in(code=codes[0]) == (200, "")
    assert sign_in(code=codes[0]) == (400, "wrong_code")


def test_keeps_no_secret_where_people_read(manager: Actor, capsys: pytest.CaptureFixture[str]) -> None:
    codes = protect("manager")
    client = Client()
    client.post(reverse("admin:login"), {"username": "manager", "password": "x"})
    browser("manager").post(CODE, {"code": codes[0]})

    written = str(list(AuditEvent.objects.values())) + "".join(capsys.readouterr())

    assert codes[0] not in written
    assert codes[0].replace("-", "") not in written
    assert KEY not in written
