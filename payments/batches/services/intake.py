"""Taking a file or a list: checked whole first, then its rows are stored as they came.

Rule: docs/domain.md#batches.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any, Final

from batconnect.core.database.transactions import reads
from batconnect.core.files.uploads import MAX_ROWS
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO
from payments.batches import errors
from payments.batches.models import PaymentBatch, StatementMapping
from payments.batches.rules.camt import check_statement, read_statement
from payments.batches.rules.columns import (
    ALIASES,
    COLUMNS,
    ERROR_COLUMNS,
    REQUIRED,
    BadRow,
    heading,
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
from payments.errors import UNKNOWN_STRATEGY
from payments.rules.strategies import NEEDS_INPUTS, STRATEGIES, strategy_code

_MAPPED: Final = {
    "amount_column": "amount",
    "date_column": "payment_date",
    "reference_column": "reference_number",
    "payer_name_column": "payer_name",
    "payer_account_column": "payer_account",
    "text_column": "text",
    "currency_column": "currency",
}
_ENTRY_FIELDS: Final = (*COLUMNS, *ALIASES)


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row before it is stored: `amount` None when it cannot be read, `same_as` an earlier row that says the same."""

    row_no: int
    raw: str
    amount: Decimal | None
    currency: str
    same_as: int | None


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

    def rows(self) -> Iterator[RawRow]:
        """Every row with what can be said of it at first sight."""
        seen: dict[bytes, int] = {}
        for row_no, raw in enumerate(self.raws(), start=1):
            amount, currency, same_as = None, "", None
            try:
                cells = cells_of(self.layout, raw)
            except BadRow:
                yield RawRow(row_no, raw, None, "", None)
                continue
            amount, currency = _first_sight(cells)
            digest = hashlib.blake2b(
                "\x1f".join(f"{name}={cells[name]}" for name in sorted(cells) if cells[name]).encode(
                    "utf-8", "surrogatepass"
                ),
                digest_size=16,
            ).digest()
            same_as = seen.setdefault(digest, row_no)
            yield RawRow(row_no, raw, amount, currency, None if same_as == row_no else same_as)


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


def read_csv_import(*, file: IO[bytes], file_name: str = "") -> Intake:
    """A CSV file of payments. Raises UnreadableFile naming what is wrong with the file as a whole."""
    checksum = check_bytes(file)
    table = check_table(file)
    names, warnings = name_columns(table.headings, required=REQUIRED, known=(*COLUMNS, *ERROR_COLUMNS))
    if "entity_id" not in names and "customer_reference" not in names:
        raise refuse(
            errors.MISSING_COLUMN, "The first line lacks the column entity_id or customer_reference."
        )
    columns = [name if name in COLUMNS else "" for name in names]
    return Intake(
        source_type=PaymentBatch.Source.CSV_IMPORT,
        checksum=checksum,
        layout=csv_layout(columns=columns, headings=table.headings, delimiter=table.delimiter),
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
        raws.append(json.dumps(_texts(entry), ensure_ascii=False, sort_keys=True))
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
    *, actor: Actor, file: IO[bytes], file_name: str = "", mapping: str = "", strategy: str = ""
) -> Intake:
    """A bank's statement: CAMT.053 when it begins as XML, else CSV by the company's column mapping.

    `mapping` names one where there are several; `strategy` allocates what is identified, "" does not. Raises
    UnreadableFile.
    """
    strategy = strategy_code(strategy)
    if strategy and (strategy not in STRATEGIES or strategy in NEEDS_INPUTS):
        named = ", ".join(each for each in STRATEGIES if each not in NEEDS_INPUTS)
        raise InvalidInput(
            f"{strategy[:40]!r} cannot be used for a bank feed; choose one of {named}.",
            code=UNKNOWN_STRATEGY,
            field="allocation_strategy",
        )
    bank = {"strategy": strategy, "currency": actor.company.base_currency}
    file.seek(0)
    head = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"<"):
        return _read_camt(file=file, file_name=file_name, bank=bank)
    checksum = check_bytes(file)
    table = check_table(file)
    columns = _mapped_columns(_mapping(actor, mapping), table.headings)
    unused = [
        each
        for each, name in zip(table.headings, columns, strict=True)
        if not name and heading(each) not in ERROR_COLUMNS
    ]
    return Intake(
        source_type=PaymentBatch.Source.BANK_FEED,
        checksum=checksum,
        layout=csv_layout(columns=columns, headings=table.headings, delimiter=table.delimiter, bank=bank),
        raws=lambda: (record.raw for record in read_records(file, table)),
        total_rows=table.rows,
        file_name=file_name,
        warnings=[f"The column {each[:60]!r} is not mapped and was ignored." for each in unused],
    )


def _read_camt(*, file: IO[bytes], file_name: str, bank: Mapping[str, Any]) -> Intake:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(65_536):
        digest.update(block)
    check_statement(file)
    rows = 0
    for _ in read_statement(file):
        rows += 1
        if rows > MAX_ROWS:
            raise refuse(errors.TOO_MANY_ROWS, f"The statement has more than {MAX_ROWS:,} lines.")
    if not rows:
        raise refuse(errors.FILE_EMPTY, "The statement has no lines.")
    return Intake(
        source_type=PaymentBatch.Source.BANK_FEED,
        checksum=digest.hexdigest(),
        layout=json_layout(bank=bank),
        raws=lambda: (json.dumps(each, ensure_ascii=False, sort_keys=True) for each in read_statement(file)),
        total_rows=rows,
        file_name=file_name,
    )


def _mapping(actor: Actor, name: str) -> StatementMapping:
    there = list(StatementMapping.objects.filter(company_id=actor.company_id))
    matching = [each for each in there if not name or each.name.casefold() == name.casefold()]
    if len(matching) != 1:
        listed = ", ".join(each.name for each in there) or "none yet"
        what = f"There is no mapping {name[:60]!r}" if name else "Name the mapping of the bank's columns"
        raise refuse(errors.UNKNOWN_MAPPING, f"{what}; there are: {listed}.", field="mapping")
    return matching[0]


def _mapped_columns(mapping: StatementMapping, headings: Sequence[str]) -> list[str]:
    """Our name for each of the file's columns, "" for those that the mapping does not use."""
    names = {
        str(getattr(mapping, attribute)).strip().casefold(): name
        for attribute, name in _MAPPED.items()
        if getattr(mapping, attribute)
    }
    written = [each.casefold() for each in headings]
    if missing := [each for each in names if each not in written]:
        raise refuse(
            errors.MISSING_COLUMN,
            f"The first line lacks the columns {', '.join(missing)}, which the mapping {mapping.name} names.",
        )
    if twice := [each for each in names if written.count(each) > 1]:
        raise refuse(errors.DUPLICATE_COLUMN, f"These columns appear twice: {', '.join(twice)}.")
    return [names.get(each, "") for each in written]


def _texts(entry: Mapping[str, Any]) -> dict[str, str]:
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


def _first_sight(cells: Mapping[str, str]) -> tuple[Decimal | None, str]:
    """The amount and the currency, as far as they can be read."""
    try:
        amount: Decimal | None = read_amount(cells)
    except BadRow:
        amount = None
    try:
        return amount, read_currency(cells.get("currency", ""))
    except BadRow:
        return amount, ""
