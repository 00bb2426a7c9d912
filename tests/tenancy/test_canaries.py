"""What north's tables hold appears nowhere in south: no answer, page, file, mail or line of the log.

Every text and id of every row of north's world is a canary, unless south or the installation has the same. South has
rows of its own, so that its lists, pages, documents and files are not merely empty.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

import pytest
from celery import current_app
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils.module_loading import autodiscover_modules
from pypdf import PdfReader
from structlog.testing import capture_logs

from batconnect.core.api.base import CompanyView
from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.permissions import Group
from batconnect.core.mailing.services import queue_document
from batconnect.core.models import (
    Membership,
)
from batconnect.directory.models import Customer, Driver
from console.pages import registered_pages
from console.reports import catalog
from console.tests.conftest import ConsoleClient, console_of, world
from payments.models import Payment
from payments.printed import PAYMENT_RECEIPT
from payments.services.recording import record_payment
from tests.access.endpoints import calls
from tests.cast import NORTH, SOUTH, STAFF, StaffClient, _actor
from tests.tenancy.planted import planted
from tests.tree import PACKAGES, ROOT

__all__ = ["console_of", "planted", "world"]
pytestmark = pytest.mark.system

# A canary is what names one row: an id, a number with digits, a text of several words.
_NAMES: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?=.*\d)(?=.*[A-Za-z]).{6,}|\S+ \S.{4,}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?|\d\d:\d\d.*")
FORMATS: Final = ("json", "csv", "excel", "pdf")


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)
    elif isinstance(value, str):
        yield value


def texts_of(where: str) -> set[str]:
    """Every text and id of every row that the running context shows, of tables with a company or without."""
    return {text for table in tables_of(where) for text in texts_in_table(table)}


def texts_in_table(table: str, *, where: str = "true") -> set[str]:
    """Every text and id of the table's rows."""
    with connection.cursor() as cursor:
        cursor.execute(f'select row_to_json(t)::text from "{table}" t where {where}')
        return {text for (row,) in cursor.fetchall() for text in texts_in(json.loads(row))}


def tables_of(where: str) -> list[str]:
    """Tables with a company ("") or without ("not")."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace "
            "and c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'select') and "
            f"{where} exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'company_id')"
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def south(world: Actor) -> Actor:
    """South's only person with every right of finance and administration, and rows to show."""
    set_company(SOUTH, metadata={"job": "test"})
    Membership.objects.filter(user_id=STAFF["outsider"][0]).update(
        groups=[Group.FINANCE_MANAGER.value, Group.ADMINISTRATOR.value]
    )
    actor = _actor("outsider")
    customer = Customer.objects.create(company_id=SOUTH, name="Quincy Quarles", email="quincy@south.example")
    Driver.objects.create(company_id=SOUTH, customer=customer, driver_id="QQ-900", tlc_license="9")
    record_payment(
        actor=actor,
        customer_id=customer.pk,
        amount=Decimal("12.00"),
        method="cash",
        payment_date=today(actor.company),
    )
    return actor


WITHOUT: Final = {
    # Numbers, days and words that everybody has; their histories are told by who changed them.
    *("lease_drivers", "memberships"),
    # Empty once entries are numbered and added up, by whose ids it knows them.
    "ledger_new_entries",
}
"""Tables of north's world in which no value tells a row from those of others."""


@pytest.fixture
def canaries(planted: None, south: Actor) -> re.Pattern[str]:
    """One pattern of all of them."""
    set_company(SOUTH, metadata={"job": "test"})
    known = texts_of("") | texts_of("not")
    set_company(NORTH, metadata={"job": "test"})
    # What our own pages and documents say anyway: choices, titles, the layouts of agencies.
    said = "".join(
        path.read_text(encoding="utf-8")
        for path in ROOT.rglob("*.py")
        if path.relative_to(ROOT).parts[0] in PACKAGES and "tests" not in path.parts
    )
    values = {
        text
        for text in texts_of("") - known
        if _NAMES.fullmatch(text) and not _DAY.fullmatch(text) and text not in said
    }
    assert len(values) > 600, len(values)
    assert str(NORTH) in values or str(NORTH) in known
    longest = sorted((re.escape(text) for text in values), key=len, reverse=True)
    return re.compile("|".join(longest))


def read(answer: Any) -> str:
    """What stands in an answer: the text of a PDF, the parts of a workbook, or the bytes as they are."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    if content.startswith(b"%PDF"):
        return headers + "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return headers + "\n".join(parts.read(name).decode(errors="replace") for name in parts.namelist())
    return headers + content.decode(errors="replace")


def attached(message: Any) -> str:
    """The text of a mail's documents."""
    pages = (page for _, content, _ in message.attachments for page in PdfReader(io.BytesIO(content)).pages)
    return "\n".join(page.extract_text() for page in pages)


def found_in(text: str, canaries: re.Pattern[str], *, asked: str = "") -> list[str]:
    """The canaries in a text, without what was asked for and is said again."""
    return sorted({hit for hit in canaries.findall(text) if hit not in asked})


def test_every_table_has_a_canary_or_nothing_that_could_be_one(canaries: re.Pattern[str]) -> None:
    set_company(NORTH, metadata={"job": "test"})
    silent = {
        table
        for table in tables_of("")
        if not any(map(canaries.fullmatch, texts_in_table(table, where=f"company_id = '{NORTH}'")))
    }

    assert silent == WITHOUT


def test_no_answer_or_file_of_the_api_has_another_company_s_values(
    canaries: re.Pattern[str], client_of: Callable[..., StaffClient]
) -> None:
    client, leaks, made = client_of("outsider"), {}, set()

    set_company(SOUTH, metadata={"job": "test"})
    payment = Payment.objects.get()
    documents = [
        f"/api/payments/{payment.pk}/receipt?format=pdf",
        f"/api/customers/{payment.customer_id}/statement?format=pdf",
        f"/api/customers/{payment.customer_id}/statement",
        f"/api/payments/{payment.pk}/explain",
    ]

    with capture_logs() as logs:
        for address in documents:
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.content)
            if hits := found_in(read(answer), canaries):
                leaks[address] = hits[:5]
        for call in calls(CompanyView):
            if call.method != "GET" or call.takes_ids:
                continue
            for format in ("", *FORMATS):
                address = call.path() + (f"?format={format}&export_type=balances" if format else "")
                if "export" not in call.route and format not in ("", "json"):
                    continue
                answer = client.get(address)
                if answer.status_code == 200:
                    made.add((call.route, answer.headers.get("Content-Type")))
                if hits := found_in(read(answer), canaries):
                    leaks[address] = hits[:5]
    if hits := found_in(repr(logs), canaries):
        leaks["log"] = hits[:5]

    assert len(made) > 60, len(made)
    assert {kind for _, kind in made if kind} >= {"application/pdf"}
    assert leaks == {}


def test_no_page_of_the_console_has_another_company_s_values(
    canaries: re.Pattern[str], console_of: Callable[[str], ConsoleClient]
) -> None:
    client, leaks, shown = console_of("outsider"), {}, 0
    addresses = [
        reverse("admin:index"),
        *(
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")
            for model in admin.site._registry
            for page in ("changelist", "add")
        ),
        *(reverse(f"admin:{name}") for name, page in registered_pages().items() if "<" not in page.route),
        *(
            reverse("admin:report_file", args=[report.slug]) + f"?format={format}"
            for report in catalog.REPORTS.values()
            for format in FORMATS[1:]
        ),
        *(reverse("admin:report", args=[report.slug]) for report in catalog.REPORTS.values()),
    ]

    with capture_logs() as logs:
        for address in addresses:
            answer = client.get(address)
            shown += answer.status_code == 200
            if hits := found_in(read(answer), canaries):
                leaks[address] = hits[:5]
    if hits := found_in(repr(logs), canaries):
        leaks["log"] = hits[:5]

    assert shown > 120, shown
    assert leaks == {}


def test_nothing_of_another_company_is_found_by_its_name_or_number(
    canaries: re.Pattern[str],
    console_of: Callable[[str], ConsoleClient],
    client_of: Callable[..., StaffClient],
) -> None:
    client, api, leaks = console_of("outsider"), client_of("outsider"), {}
    set_company(NORTH, metadata={"job": "test"})
    with connection.cursor() as cursor:
        cursor.execute("select distinct key from search_keys where company_id = %s order by 1", [NORTH])
        keys = [key for (key,) in cursor.fetchall()]

    for key in keys[:: max(1, len(keys) // 120)]:
        answer = client.get(reverse("admin:find"), {"q": key})
        if hits := found_in(read(answer), canaries, asked=key):
            leaks[key] = hits[:5]
        listed = api.get("/api/customers", {"search": key[:100]})
        if hits := found_in(read(listed), canaries, asked=key):
            leaks[f"api {key}"] = hits[:5]

    assert len(keys) > 50
    assert leaks == {}


def test_no_job_of_a_company_mails_or_logs_another_s_values(
    canaries: re.Pattern[str], south: Actor, settings: Any
) -> None:
    autodiscover_modules("tasks")
    jobs = sorted(name for name in current_app.tasks if name.endswith(".of_company"))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    set_company(SOUTH, metadata={"job": "test"})
    payment = Payment.objects.get()
    queue_document(
        actor=south, kind=PAYMENT_RECEIPT.code, number=str(payment.pk), recipients=["ap@south.example"]
    )

    with capture_logs() as logs:
        for job in jobs:
            current_app.tasks[job].apply(args=(str(SOUTH),))
    set_company(NORTH, metadata={"job": "test"})
    sent = "".join(f"{each.to} {each.subject} {each.body} {attached(each)}" for each in mail.outbox)

    assert len(jobs) > 5
    assert payment.receipt_number in sent
    assert {str(line.get("company_id", line.get("company", ""))) for line in logs} <= {str(SOUTH), ""}
    assert found_in(repr(logs) + sent, canaries) == []


def test_the_canaries_are_found_where_they_live(
    canaries: re.Pattern[str], client_of: Callable[..., StaffClient]
) -> None:
    """Otherwise the other tests would prove nothing."""
    client = client_of("manager")

    for path in (
        "/api/payments",
        "/api/customers",
        "/api/invoices",
        "/ledger/export?export_type=balances&format=pdf",
    ):
        assert found_in(read(client.get(path)), canaries), path
