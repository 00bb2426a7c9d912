"""The ways a bank's file goes in: the calls on statements, a bank feed of payment batches, and the console's pages.

Each shows the same of it: what the check says, the lines, and what an open line may be.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from html import unescape
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bank.models import LinePart, Statement, StatementMapping
from bank.services.processing import accounts_with_work, process_account
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import format_day
from payments.batches.tests.builders import post, upload, work
from payments.tests.builders import new_key
from tests.cases.outcomes import File
from tests.cast import StaffClient
from tests.console import browser, seen_on

API: Final = "/api/accounting"
Shown = list[tuple[str, str, str, tuple[str, ...]]]


class Way(ABC):
    """How somebody of north sends a file."""

    def __init__(self, actor: Actor, columns: Mapping[str, str]) -> None:
        self.actor = actor
        self.columns = columns

    @abstractmethod
    def check(self, file: File) -> tuple[str, int, int]:
        """Check the file alone: the words that it says, how many lines are known already, and how many cannot be
        read."""

    @abstractmethod
    def take(self, file: File) -> Statement:
        """Send the file, and do what the workers do."""

    @abstractmethod
    def lines(self, statement: Statement) -> Shown:
        """Each line as it is shown: day, signed amount, state, and what its parts became."""

    @abstractmethod
    def suggested(self, part: LinePart) -> str:
        """The words by which it is said what an open part may be."""

    def _mapping(self) -> str:
        """The id of the columns of the bank's tables, said once; "" for files that need none."""
        if not self.columns:
            return ""
        there = StatementMapping.objects.first()
        if there is None:
            said = post(
                StaffClient(username="manager"),
                f"{API}/statement-mappings",
                {"name": "The bank's", **self.columns},
            )
            assert said.status_code == 201, said.content
            return str(said.json()["id"])
        return str(there.id)

    def _work(self) -> Statement:
        for account in accounts_with_work(self.actor):
            process_account(actor=replace(self.actor, is_job=True), bank_account_id=account)
        return Statement.objects.latest("id")


class ByCall(Way):
    """`POST /api/accounting/bank-statements`."""

    def _send(self, file: File, **more: str) -> Any:
        mapping = self._mapping()
        return StaffClient(username="manager").post(
            f"{API}/bank-statements",
            {
                "file": SimpleUploadedFile(file.name, file.content),
                "strategy": "fifo",
                **({"mapping": mapping} if mapping else {}),
                **more,
            },
            format="multipart",
            headers={"Idempotency-Key": new_key()},
        )

    def check(self, file: File) -> tuple[str, int, int]:
        answer = self._send(file, dry_run="true")
        assert answer.status_code == 200, answer.content
        (tried,) = answer.json()["statements"]
        figures = ("opening", "closing", "money_in", "money_out")
        amounts = [f"{Decimal(str(tried[each])):,.2f}" for each in figures if tried[each] is not None]
        # As a page writes them, so that the table has one form of each.
        amounts += [f"{each} {tried['currency']}" for each in amounts]
        said = [*amounts, tried["message"], tried["bank_account_name"], *tried["warnings"]]
        said += [each["message"] for each in tried["problems"]]
        said += [each["title"] for each in tried["likely_duplicates"]]
        return " ".join(said), tried["known_lines"], len(tried["problems"])

    def take(self, file: File) -> Statement:
        answer = self._send(file)
        assert answer.status_code == 202, answer.content
        return self._work()

    def lines(self, statement: Statement) -> Shown:
        client = StaffClient(username="manager")
        listed = client.get(f"{API}/statement-lines?statement_id={statement.id}&limit=100").json()["results"]
        shown: Shown = []
        for each in sorted(listed, key=lambda line: int(line["line_no"])):
            line = client.get(f"{API}/statement-lines/{each['id']}").json()
            amount = Decimal(str(line["amount"]))
            signed = amount if line["direction"] == "in" else -amount
            became = tuple(sorted(part["status"] for part in line["parts"]))
            shown.append((line["booked_on"], f"{signed:.2f}", line["state"], became))
        return shown

    def suggested(self, part: LinePart) -> str:
        answer = StaffClient(username="manager").get(f"{API}/statement-lines/{part.line_id}/suggestions")
        assert answer.status_code == 200, answer.content
        (said,) = [each for each in answer.json()["parts"] if each["part_id"] == str(part.id)]
        return "; ".join(each["title"] for each in said["suggestions"])


class ByFeed(ByCall):
    """`POST /api/accounting/payment-batches` with `bank_feed`; the lines are read as by the other calls."""

    def _feed(self, file: File, query: str = "") -> Any:
        fields = {"mapping": StatementMapping.objects.get().name} if self._mapping() else {}
        return upload(
            StaffClient(username="manager"),
            file.content,
            source_type="bank_feed",
            name=file.name,
            query=query,
            allocation_strategy="fifo",
            **fields,
        )

    def check(self, file: File) -> tuple[str, int, int]:
        answer = self._feed(file, "?dry_run=true")
        assert answer.status_code == 200, answer.content
        told = answer.json()
        return super().check(file)[0], told["known_rows"], told["failed_rows"]

    def take(self, file: File) -> Statement:
        answer = self._feed(file)
        assert answer.status_code == 202, answer.content
        work(answer.json()["batch_id"])
        return Statement.objects.latest("id")


class ByPage(Way):
    """The page that imports a statement, the statement's page, and the desk."""

    def _sent(self, do: str, file: File | None, more: Mapping[str, str]) -> Any:
        chosen = {"file": SimpleUploadedFile(file.name, file.content)} if file is not None else {}
        return browser("manager").post(reverse("admin:bank_import"), {"do": do, **more, **chosen})

    def check(self, file: File) -> tuple[str, int, int]:
        there = StatementMapping.objects.first()
        page = self._sent("check", file, {"mapping": str(there.id) if there else ""})
        if self.columns and there is None:
            page = self._name_columns(page)
        self.checked = page
        said = _words(page)
        known = re.search(r"Known already (\d+)", said)
        return said, int(known[1]) if known else 0, said.count("Cannot be read:")

    def _name_columns(self, page: Any) -> Any:
        """What the page guessed, with what the person knows better."""
        form = page.context["columns"]
        guessed = {name: str(form[name].value() or "") for name in form.fields}
        wrong = {name: "" for name in guessed if name.endswith("_column")}
        said = {**guessed, **wrong, "name": "The bank's", **self.columns}
        return self._sent("columns", None, {**seen_on(page), **said})

    def take(self, file: File) -> Statement:
        there = StatementMapping.objects.first()
        if there is None and self.columns:
            self.check(file)
            there = StatementMapping.objects.get()
        answer = self._sent("take", file, {"mapping": str(there.id) if there else ""})
        assert answer.status_code == 302, _words(answer)
        return self._work()

    def lines(self, statement: Statement) -> Shown:
        page = browser("manager").get(reverse("admin:bank_statement_change", args=[statement.id]))
        assert page.status_code == 200
        shown: Shown = []
        words = _words(page)
        (section,) = page.context["face_sections"]
        for each in section.context["face"].lines:
            line, sign = each.line, -1 if each.line.direction == "out" else 1
            # The page says what is read here.
            for said in (format_day(line.booked_on), f"{line.amount:,.2f}", each.became):
                assert " ".join(said.split()) in words, said
            became = tuple(sorted(part.part.status for part in each.parts))
            shown.append((line.booked_on.isoformat(), f"{sign * line.amount:.2f}", line.state, became))
        return shown

    def suggested(self, part: LinePart) -> str:
        desk = browser("manager").get(reverse("admin:bank_desk"))
        address = reverse("admin:bank_line", args=[part.id])
        assert address in desk.content.decode()
        return _words(browser("manager").get(address))


def _words(page: Any) -> str:
    """What a page says, without its markup."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


WAYS: Final[dict[str, type[Way]]] = {"by call": ByCall, "by feed": ByFeed, "by page": ByPage}
