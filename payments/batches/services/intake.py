"""Taking a file or a list: checked whole first, then its rows are stored as they came.

Rule: docs/domain.md#batches.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any, Final
from uuid import UUID

from batconnect.core.database.transactions import reads
from batconnect.core.files.uploads import MAX_ROWS
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO
from payments.batches import errors
from payments.batches.feeds import FeedFile, FeedUpload, bank_feed
from payments.batches.models import PaymentBatch
from payments.batches.rules.columns import (
    ALIASES,
    COLUMNS,
    ERROR_COLUMNS,
    REQUIRED,
    BadRow,
    read_amount,
    read_currency,
)
from payments.batches.rules.files import (
    check_bytes,
    check_table,
    name_columns,
    read_records,
    refuse,
)
from payments.batches.rules.layouts import cells_of, csv_layout, json_layout
from payments.batches.rules.naming import NAMING_COLUMNS
from payments.batches.rules.origins import ORIGIN
from payments.batches.rules.readings import Reading
from payments.errors import UNKNOWN_STRATEGY
from payments.rules.strategies import NEEDS_INPUTS, STRATEGIES, strategy_code

_ENTRY_FIELDS: Final = (*COLUMNS, *ALIASES)


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row before it is stored: `amount` None when it cannot be read, `same_as` an earlier row that says the same.

    `origin` is the failed row that it says to correct, as an errors file writes it.
    """

    row_no: int
    raw: str
    amount: Decimal | None
    currency: str
    same_as: int | None
    origin: str = ""


@dataclass(slots=True)
class Intake:
    """A file or list that may be taken: how to read its rows again, and the rows as a stream."""

    source_type: str
    checksum: str
    layout: dict[str, Any]
    raws: Callable[[], Iterator[str]]
    total_rows: int
    file_name: str = ""
    warnings: list[str] = field(default_factory=list)
    feed: FeedFile | None = None

    def rows(self) -> Iterator[RawRow]:
        """Every row with what can be said of it at first sight."""
        if self.feed is not None:
            for row_no, row in enumerate(self.feed.rows, start=1):
                yield RawRow(row_no, row.raw, row.amount, row.currency, None)
            return
        seen: dict[bytes, int] = {}
        reading = Reading.of(self.layout)
        for row_no, raw in enumerate(self.raws(), start=1):
            amount, currency, same_as = None, "", None
            try:
                cells = cells_of(self.layout, raw)
            except BadRow:
                yield RawRow(row_no, raw, None, "", None)
                continue
            amount, currency = first_sight(cells, reading)
            same_as = seen.setdefault(digest_of_cells(cells), row_no)
            yield RawRow(
                row_no, raw, amount, currency, None if same_as == row_no else same_as, cells.get(ORIGIN, "")
            )


@dataclass(slots=True)
class Totals:
    """Rows and amount per currency, counted while the rows go by."""

    by_currency: dict[str, list[Any]] = field(default_factory=dict)

    def count(self, row: RawRow) -> None:
        """Add a row; one without a readable amount counts in number only."""
        total = self.by_currency.setdefault(row.currency, [0, ZERO])
        total[0] += 1
        total[1] += row.amount or ZERO

    def as_list(self) -> list[dict[str, Any]]:
        """As the batch keeps them; amounts are texts."""
        return [
            {"currency": currency or None, "rows": rows, "amount": str(amount)}
            for currency, (rows, amount) in sorted(self.by_currency.items())
        ]


def read_csv_import(
    *,
    file: IO[bytes],
    file_name: str = "",
    reading: Reading = Reading(),  # noqa: B008 - frozen
) -> Intake:
    """A CSV file of payments, its amounts and dates written as `reading` says.

    Raises UnreadableFile naming what is wrong with the file as a whole.
    """
    checksum = check_bytes(file)
    if chosen := reading.as_kept():
        # Read otherwise, it is another file: one that failed as a whole is sent again without force.
        checksum = hashlib.sha256(f"{checksum} {sorted(chosen.items())}".encode()).hexdigest()
    table = check_table(file)
    known = (*COLUMNS, *ERROR_COLUMNS, ORIGIN)
    names, warnings = name_columns(table.headings, required=REQUIRED, known=known)
    if not set(NAMING_COLUMNS).intersection(names):
        raise refuse(
            errors.MISSING_COLUMN, "The first line lacks the column entity_id or customer_reference."
        )
    columns = [name if name in (*COLUMNS, ORIGIN) else "" for name in names]
    return Intake(
        source_type=PaymentBatch.Source.CSV_IMPORT,
        checksum=checksum,
        layout=csv_layout(
            columns=columns, headings=table.headings, delimiter=table.delimiter, reading=reading
        ),
        raws=lambda: (record.raw for record in read_records(file, table)),
        total_rows=table.rows,
        file_name=file_name,
        warnings=warnings,
    )


def read_manual_entries(*, entries: Any) -> Intake:
    """A list of entries (docs/seeds.md#payment-allocation). Raises InvalidInput for anything else."""
    if not isinstance(entries, list) or not entries:
        raise InvalidInput("entries must be a list of 1 to 10,000 payments.", field="entries")
    if len(entries) > MAX_ROWS:
        raise refuse(
            errors.TOO_MANY_ROWS,
            f"{len(entries):,} entries; at most {MAX_ROWS:,} are accepted.",
            field="entries",
        )
    wrong: list[FieldError] = []
    raws: list[str] = []
    for place, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            wrong.append(FieldError(f"entries.{place}", "An entry must be an object.", "invalid"))
            continue
        wrong += [
            FieldError(f"entries.{place}.{name[:60]}", "Unknown field.", "unknown_field")
            for name in entry
            if name not in _ENTRY_FIELDS
        ]
        raws.append(json.dumps(texts_of(entry), ensure_ascii=False, sort_keys=True))
    if wrong:
        raise InvalidInput(f"{wrong[0].field}: {wrong[0].message}", errors=wrong[:20])
    digest = hashlib.sha256("\n".join(raws).encode())
    return Intake(
        source_type=PaymentBatch.Source.MANUAL,
        checksum=digest.hexdigest(),
        layout=json_layout(),
        raws=lambda: iter(raws),
        total_rows=len(raws),
    )


@reads
def read_bank_feed(
    *,
    actor: Actor,
    file: IO[bytes],
    file_name: str = "",
    mapping: str = "",
    strategy: str = "",
    bank_account_id: UUID | None = None,
) -> Intake:
    """A bank's statement, in any format that the bank's app reads (docs/domain.md#statement-files).

    `mapping` names the columns of a table where there are several mappings; `strategy` allocates what is identified, ""
    does not; `bank_account_id` may be left out while exactly one account fits. Raises UnreadableFile, InvalidInput.
    """
    strategy = strategy_code(strategy)
    if strategy and (strategy not in STRATEGIES or strategy in NEEDS_INPUTS):
        named = ", ".join(each for each in STRATEGIES if each not in NEEDS_INPUTS)
        raise InvalidInput(
            f"{strategy[:40]!r} cannot be used for a bank feed; choose one of {named}.",
            code=UNKNOWN_STRATEGY,
            field="allocation_strategy",
        )
    upload = FeedUpload(file, file_name, mapping, strategy, bank_account_id)
    feed = bank_feed().read(actor=actor, upload=upload)
    bank = {"strategy": strategy, "currency": feed.currency or actor.company.base_currency}
    return Intake(
        source_type=PaymentBatch.Source.BANK_FEED,
        checksum=feed.checksum,
        layout=json_layout(bank=bank, headings=feed.headings, delimiter=feed.delimiter),
        raws=lambda: (each.raw for each in feed.rows),
        total_rows=len(feed.rows),
        file_name=file_name,
        warnings=list(feed.warnings),
        feed=feed,
    )


def digest_of_cells(cells: Mapping[str, str]) -> bytes:
    """The same for rows that say the very same, whichever failed rows they correct."""
    told = (f"{name}={cells[name]}" for name in sorted(cells) if cells[name] and name != ORIGIN)
    return hashlib.blake2b("\x1f".join(told).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def texts_of(entry: Mapping[str, Any]) -> dict[str, str]:
    """The entry's members as texts: numbers as written, yes and no as such."""
    texts: dict[str, str] = {}
    for name, value in entry.items():
        if value is None:
            continue
        if isinstance(value, bool):
            texts[ALIASES.get(name, name)] = "yes" if value else "no"
        elif isinstance(value, str | int | Decimal):
            texts[ALIASES.get(name, name)] = str(value).strip()
        else:
            texts[ALIASES.get(name, name)] = json.dumps(value, default=str)
    return texts


def first_sight(cells: Mapping[str, str], reading: Reading) -> tuple[Decimal | None, str]:
    """The amount and the currency, as far as they can be read."""
    try:
        amount: Decimal | None = read_amount(cells, reading)
    except BadRow:
        amount = None
    try:
        return amount, read_currency(cells.get("currency", ""))
    except BadRow:
        return amount, ""
