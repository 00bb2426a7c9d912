"""The frame: signing in, choosing a company, saving through services, history, import."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import AuditEvent, CompanySettings, Membership, User
from batconnect.directory.models import Customer, Driver, Lease
from batconnect.directory.services import add_customer, add_driver
from console.tests.conftest import ConsoleClient
from tests.cast import NORTH, SOUTH
from tests.console import seen_on
from tests.databases import owners_hand

Console = Callable[[str], ConsoleClient]
PASSWORD = "correct horse battery"


@pytest.fixture
def in_both(manager: Actor) -> None:
    """The manager also belongs to south, as its auditor."""
    with company_context(SOUTH, job="test"):
        Membership.objects.create(company_id=SOUTH, user_id=manager.user_id, groups=["Auditor"])


def test_sends_a_stranger_to_sign_in(db: None) -> None:
    answer = Client().get(reverse("admin:index"))

    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/")


def test_finds_the_console_without_a_slash(db: None) -> None:
    answer = Client().get("/admin")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_signs_in_with_a_password(manager: Actor) -> None:
    user = User.objects.get(username="manager")
    user.set_password(PASSWORD)
    user.save()
    client = Client()

    answer = client.post(
        reverse("admin:login"), {"username": "manager", "password": PASSWORD, "next": "/admin/"}
    )

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_says_clearly_that_sign_in_is_locked(manager: Actor) -> None:
    client = Client()

    for _ in range(9):
        wrong = client.post(reverse("admin:login"), {"username": "manager", "password": "wrong"})
        assert wrong.status_code == 200
    locked = client.post(reverse("admin:login"), {"username": "manager", "password": "wrong"})

    assert locked.status_code == 429
    assert "Sign-in locked" in locked.content.decode()


def test_tells_who_belongs_to_no_company(db: None) -> None:
    user = User.objects.create(username="nobody", is_staff=True)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    sent = client.get(reverse("admin:directory_customer_changelist"))
    page = client.get(sent["Location"])

    assert sent.status_code == 302
    assert "you do not belong to any company" in page.content.decode()
    assert client.post(reverse("admin:logout")).status_code == 200


def test_signing_out_clears_what_the_browser_kept(console_of: Console) -> None:
    client = console_of("manager")

    assert client.get(reverse("admin:logout")).status_code == 405
    assert client.get("/admin/").status_code == 200
    assert client.post(reverse("admin:logout"))["Clear-Site-Data"] == '"storage"'
    assert client.get("/admin/").status_code == 302


def test_asks_which_company_and_keeps_the_answer(in_both: None, console_of: Console) -> None:
    client = console_of("manager")

    redirect = client.get(reverse("admin:index"))
    page = client.get(redirect["Location"]).content.decode()
    chosen = client.post(reverse("admin:company"), {"company_id": str(SOUTH), "next": "/admin/"})
    front = client.get("/admin/").content.decode()

    assert redirect["Location"] == "/admin/company/?next=/admin/"
    assert "North Taxi" in page
    assert "South Premium" in page
    assert chosen["Location"] == "/admin/"
    assert "South Premium" in front


def test_works_in_the_chosen_company_with_the_rights_held_there(in_both: None, console_of: Console) -> None:
    client = console_of("manager")
    client.post(reverse("admin:company"), {"company_id": str(SOUTH)})

    refused = client.post(reverse("admin:directory_customer_add"), {"name": "X"})
    client.post(reverse("admin:company"), {"company_id": str(NORTH)})
    added = client.post(reverse("admin:directory_customer_add"), customer_form(name="Ann"))

    assert refused.status_code == 403
    assert added.status_code == 302
    assert Customer.objects.get().company_id == NORTH


@pytest.mark.parametrize("company_id", [str(SOUTH), "nonsense", ""])
def test_refuses_a_company_one_does_not_belong_to(
    manager: Actor, console_of: Console, company_id: str
) -> None:
    client = console_of("manager")

    page = client.post(reverse("admin:company"), {"company_id": company_id})

    assert page.status_code == 200
    assert "You do not belong to that company." in page.content.decode()
    assert "company_id" not in client.session


def test_leads_nowhere_else_after_choosing(manager: Actor, console_of: Console) -> None:
    client = console_of("manager")

    answer = client.post(
        reverse("admin:company"), {"company_id": str(NORTH), "next": "https://elsewhere.example/"}
    )

    assert answer["Location"] == "/admin/"


def customer_form(**values: str) -> dict[str, str]:
    return {
        "name": "",
        "external_reference": "",
        "email": "",
        "phone": "",
        "address": "",
        "drivers-TOTAL_FORMS": "0",
        "drivers-INITIAL_FORMS": "0",
        **values,
    }


def test_saves_through_the_service_and_shows_the_history(manager: Actor, console_of: Console) -> None:
    client = console_of("manager")

    client.post(reverse("admin:directory_customer_add"), customer_form(name="Ann"))
    customer = Customer.objects.get()
    change = reverse("admin:directory_customer_change", args=[customer.pk])
    client.post(change, customer_form(name="Ann Lee"))
    page = client.get(reverse("admin:directory_customer_history", args=[customer.pk])).content.decode()

    customer.refresh_from_db()
    assert customer.name == "Ann Lee"
    assert "manager" in page
    assert "Ann Lee" in page
    assert not LogEntry.objects.exists()


def test_shows_a_refusal_beside_its_field(manager: Actor, console_of: Console) -> None:
    add_customer(actor=manager, name="Ann", external_reference="A-1")
    client = console_of("manager")

    page = client.post(
        reverse("admin:directory_customer_add"), customer_form(name="Other", external_reference="A-1")
    )

    text = page.content.decode()
    assert page.status_code == 200
    assert "Another customer has this external reference." in text
    assert 'value="Other"' in text
    assert Customer.objects.count() == 1


def test_changes_the_company_settings(administrator: Actor, console_of: Console) -> None:
    settings = CompanySettings.objects.get()
    change = reverse("admin:core_companysettings_change", args=[settings.pk])
    form = {
        "brand_colour": "#123456",
        "settles_from": "2026-01-05",
        "back_dating_days": "10",
        "refund_approval_limit": "1000.00",
        "write_off_approval_limit": "1000.00",
        "credit_memo_approval_limit": "1000.00",
        "manual_entry_approval_limit": "1000.00",
        "longest_schedule": "260",
        "interest_cap_percent": "16",
        "least_payout": "0.00",
        "max_kept_percent": "100",
        "check_hold_days": "0",
        "match_book_at": "90",
        "match_suggest_at": "50",
        "count_difference_limit": "5.00",
        "mail_cover": "Your document is attached.",
    }
    client = console_of("administrator")

    refused = client.post(change, form)
    logo = SimpleUploadedFile("logo.svg", b"<svg onload=alert(1)>")
    no_picture = client.post(change, {**form, "settles_from": "", "new_logo": logo})
    saved = client.post(change, {**form, "settles_from": "2026-01-04"})

    settings.refresh_from_db()
    assert "Settlement must begin on a Sunday." in refused.content.decode()
    assert "A logo must be a PNG or a JPEG." in no_picture.content.decode()
    assert saved.status_code == 302
    assert (settings.brand_colour, str(settings.settles_from), settings.logo) == (
        "#123456",
        "2026-01-04",
        None,
    )
    assert settings.history.count() == 2


def test_adds_a_user_with_a_place_in_the_company_and_no_flag(
    administrator: Actor, console_of: Console
) -> None:
    form = {
        "username": "nina",
        "first_name": "Nina",
        "password": PASSWORD,
        "company_groups": ["Cashier"],
        "is_superuser": "on",
    }

    answer = console_of("administrator").post(reverse("admin:core_user_add"), form)

    user = User.objects.get(username="nina")
    assert answer.status_code == 302
    assert (user.is_superuser, user.is_staff, user.home_company_id) == (False, True, NORTH)
    assert user.check_password(PASSWORD)
    assert Membership.objects.get(user=user).groups == ["Cashier"]
    assert AuditEvent.objects.get(action="core.add_user").subject_id == str(user.pk)


def test_refuses_a_taken_username_and_a_weak_password(administrator: Actor, console_of: Console) -> None:
    client, add = console_of("administrator"), reverse("admin:core_user_add")
    before = User.objects.count()

    taken = client.post(add, {"username": "outsider", "password": PASSWORD})
    weak = client.post(add, {"username": "nina", "password": "1234567890"})

    assert "A user with that username already exists." in taken.content.decode()
    assert "This password is too short." in weak.content.decode()
    assert User.objects.count() == before


def test_nobody_changes_their_own_rights(administrator: Actor, console_of: Console) -> None:
    membership = Membership.objects.get(user_id=administrator.user_id)

    answer = console_of("administrator").post(
        reverse("admin:core_membership_change", args=[membership.pk]),
        {"groups": ["Finance manager"], "is_active": "on"},
    )

    membership.refresh_from_db()
    assert answer.status_code == 403
    assert membership.groups == ["Administrator"]


def test_takes_a_colleagues_rights_away_at_once(administrator: Actor, console_of: Console) -> None:
    place = Membership.objects.get(user__username="cashier")
    cashier = console_of("cashier")
    assert cashier.get("/admin/").status_code == 200

    console_of("administrator").post(
        reverse("admin:core_membership_change", args=[place.pk]), {"groups": ["Cashier"]}
    )

    assert cashier.get("/admin/")["Location"] == "/admin/company/?next=/admin/"
    assert [event.is_active for event in place.history.order_by("pgh_id")] == [True, False]


def test_an_account_of_another_company_keeps_its_password(administrator: Actor, console_of: Console) -> None:
    theirs = User.objects.get(username="outsider")
    client = console_of("administrator")
    Membership.objects.create(company_id=NORTH, user=theirs, groups=["Auditor"])

    answer = client.post(reverse("admin:core_user_change", args=[theirs.pk]), {"password": PASSWORD})

    theirs.refresh_from_db()
    assert answer.status_code == 403
    assert not theirs.check_password(PASSWORD)


def test_a_superuser_switches_schedules_but_never_their_code(world: Actor, console_of: Console) -> None:
    with owners_hand():
        User.objects.filter(username="manager").update(is_superuser=True)
    task = PeriodicTask.objects.get(name="nightly")

    console_of("manager").post(
        reverse("admin:django_celery_beat_periodictask_change", args=[task.pk]),
        {"task": "os.system", "args": '["x"]', "interval": str(task.interval_id), "enabled": ""},
    )

    task.refresh_from_db()
    assert (task.enabled, task.task, task.args) == (False, "core.nothing", "[]")


def test_imports_drivers_after_a_preview(manager: Actor, console_of: Console) -> None:
    add_customer(actor=manager, name="Ann", external_reference="A-1")
    client, path = console_of("manager"), reverse("admin:directory_driver_import")
    file = SimpleUploadedFile(
        "drivers.csv", b"driver_id,customer,tlc_license,status\nDRV-7,A-1,700,Active\n", "text/csv"
    )

    preview = client.post(path, {"file": file})
    assert not Driver.objects.exists()
    done = client.post(path, seen_on(preview))

    driver = Driver.objects.get()
    assert preview.status_code == 200
    assert done.status_code == 302
    assert (driver.driver_id, driver.tlc_license, driver.customer.name) == ("DRV-7", "700", "Ann")
    assert not LogEntry.objects.exists()


def test_an_import_of_a_taken_license_changes_nothing(world: Actor, console_of: Console) -> None:
    add_customer(actor=world, name="Ann", external_reference="A-1")
    file = SimpleUploadedFile(
        "drivers.csv", b"driver_id,customer,tlc_license,status\nDRV-7,A-1,00504124,Active\n", "text/csv"
    )

    preview = console_of("manager").post(reverse("admin:directory_driver_import"), {"file": file})

    assert "Another driver has this TLC license." in preview.content.decode()
    assert Driver.objects.count() == 1


@pytest.mark.parametrize("username", ["cashier", "auditor"])
def test_only_who_may_change_imports(world: Actor, console_of: Console, username: str) -> None:
    client = console_of(username)

    assert client.get(reverse("admin:directory_lease_import")).status_code == 403
    assert client.post(reverse("admin:directory_lease_import"), {}).status_code == 403


def test_exports_the_companys_rows(world: Actor, console_of: Console) -> None:
    form = {"format": "csv"}

    north = console_of("auditor").post(reverse("admin:directory_lease_export"), form)
    south = console_of("outsider").post(reverse("admin:directory_lease_export"), form)

    assert "LS-2054" in north.content.decode()
    assert "DRV-101" in north.content.decode()
    assert "LS-2054" not in south.content.decode()


def test_changes_the_primary_driver_and_ends_the_lease(world: Actor, console_of: Console) -> None:
    lease = Lease.objects.get()
    customer = add_customer(actor=world, name="Ann")
    driver = Driver.objects.create(
        company_id=NORTH, customer=customer, driver_id="DRV-2", tlc_license="2", status="Active"
    )
    day = today(world.company)
    terms = {
        "lease_type": lease.lease_type,
        "vehicle": str(lease.vehicle_id),
        "weekly_amount": "500.00",
        "lease_drivers-TOTAL_FORMS": "0",
        "lease_drivers-INITIAL_FORMS": "0",
        "rates-TOTAL_FORMS": "0",
        "rates-INITIAL_FORMS": "0",
    }

    answer = console_of("manager").post(
        reverse("admin:directory_lease_change", args=[lease.pk]),
        {
            **terms,
            "new_primary_driver": str(driver.pk),
            "new_primary_driver_from": str(day),
            "end_on": str(day),
        },
    )

    lease.refresh_from_db()
    assert answer.status_code == 302
    assert lease.ended_on == day
    assert [each.until_on for each in lease.lease_drivers.order_by("from_on")] == [
        day - timedelta(days=1),
        day,
    ]


def test_finds_active_drivers_for_a_lease(world: Actor, console_of: Console) -> None:
    for number, name, status in (("DRV-71", "Bea Lund", "Active"), ("DRV-72", "Bo Lund", "Inactive")):
        customer = add_customer(actor=world, name=name)
        add_driver(actor=world, customer=customer, driver_id=number, tlc_license=number[-2:], status=status)
    client = console_of("manager")
    page = client.get(reverse("admin:directory_lease_change", args=[Lease.objects.get().pk]))
    form = page.context["adminform"].form
    asked = {
        name.removeprefix("data-").replace("-", "_"): value
        for name, value in form.fields["new_primary_driver"].widget.build_attrs({}).items()
        if name in ("data-app-label", "data-model-name", "data-field-name")
    }

    found = client.get(reverse("admin:autocomplete"), {**asked, "term": "Lund"}).json()["results"]

    assert [each["text"] for each in found] == ["DRV-71 Bea Lund"]
    assert "Lund" not in page.content.decode()


@pytest.mark.parametrize("field", ["new_primary_driver", "additional_driver"])
def test_a_refused_lease_keeps_the_driver_that_was_chosen(
    world: Actor, console_of: Console, field: str
) -> None:
    lease = Lease.objects.get()
    customer = add_customer(actor=world, name="Bea Lund")
    driver = add_driver(actor=world, customer=customer, driver_id="DRV-71", tlc_license="71", status="Active")
    form = {"lease_type": lease.lease_type, "vehicle": str(lease.vehicle_id), field: str(driver.pk)}
    times = list(lease.lease_drivers.values())

    unfinished = console_of("manager").post(reverse("admin:directory_lease_change", args=[lease.pk]), form)
    refused = console_of("manager").post(
        reverse("admin:directory_lease_change", args=[lease.pk]),
        {**form, f"{field}_from": str(lease.started_on - timedelta(days=1))},
    )

    for answer in (unfinished, refused):
        chosen = f'<option value="{driver.pk}" selected>DRV-71 Bea Lund</option>'
        assert answer.status_code == 200
        assert chosen in answer.content.decode()
    assert list(lease.lease_drivers.values()) == times


@pytest.mark.parametrize("field", ["new_primary_driver", "additional_driver"])
def test_refuses_a_driver_of_another_company_on_a_lease(
    world: Actor, console_of: Console, field: str
) -> None:
    lease = Lease.objects.get()
    with company_context(SOUTH, job="test"):
        customer = Customer.objects.create(company_id=SOUTH, name="Southern Sue")
        driver = Driver.objects.create(
            company_id=SOUTH, customer=customer, driver_id="DRV-71", tlc_license="71", status="Active"
        )
    form = {"lease_type": lease.lease_type, "vehicle": str(lease.vehicle_id), field: str(driver.pk)}
    times = list(lease.lease_drivers.values())

    answer = console_of("manager").post(
        reverse("admin:directory_lease_change", args=[lease.pk]),
        {**form, f"{field}_from": str(today(world.company))},
    )

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors == {
        field: ["Select a valid choice. That choice is not one of the available choices."]
    }
    assert "Southern Sue" not in answer.content.decode()
    assert list(lease.lease_drivers.values()) == times
