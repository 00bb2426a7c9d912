"""Any file of a bank as statements: what it is is found by its content (docs/domain.md#statement-files)."""

from __future__ import annotations

import re
from os import SEEK_END
from typing import IO, Final
from zoneinfo import ZoneInfo

from bank.readers import refusals
from bank.readers.bai2 import read_bai2
from bank.readers.camt import Notifications, read_camt, read_notifications
from bank.readers.interface import MAX_LINES, ParsedStatement, TableForm
from bank.readers.joining import join_pages
from bank.readers.mt940 import read_mt940
from bank.readers.ofx import read_ofx
from bank.readers.refusals import refuse, too_many_lines
from bank.readers.sniffing import Kind, find_kind, is_notification
from bank.readers.table import read_table
from bank.readers.table_rows import open_table, refuse_batch
from batconnect.core.files.uploads import MAX_BYTES

_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


def read_statements(
    file: IO[bytes], *, form: TableForm | None, currency: str, zone: ZoneInfo, file_name: str = ""
) -> list[ParsedStatement]:
    """The statements of a file, the pages of each joined.

    `form` is how its table is read, if it is one; `currency` is the account's, where the file names none; instants
    that say their zone count in `zone`. `file_name` is for messages alone. An entry that cannot be read is among its
    statement's problems, and the others are read. Raises UnreadableStatement where nothing can be trusted.
    """
    check_size(file)
    kind = find_kind(file)
    if kind == "table":
        statements = [_table(file, form, currency, zone, file_name)]
    else:
        statements = join_pages(_read(kind, file, currency, zone))
    for each in statements:
        if not _CURRENCY.fullmatch(each.currency):
            raise refuse(
                refusals.BAD_STRUCTURE,
                f"The statement is in {each.currency[:20]!r}, which is not a currency.",
            )
    if sum(len(each.lines) + len(each.problems) for each in statements) > MAX_LINES:
        raise too_many_lines()
    return statements


def read_notified(file: IO[bytes], *, currency: str, zone: ZoneInfo) -> Notifications | None:
    """What entries consist of, where the file is a CAMT.054; None for any other. Raises UnreadableStatement."""
    check_size(file)
    if not is_notification(file):
        return None
    return read_notifications(file, currency=currency, zone=zone)


def check_size(file: IO[bytes]) -> None:
    """Raise UnreadableStatement for more bytes than an upload may have."""
    if file.seek(0, SEEK_END) > MAX_BYTES:
        raise refuse(
            refusals.TOO_LARGE, f"The file has more than {MAX_BYTES:,} bytes: ask for shorter periods."
        )
    file.seek(0)


def _read(kind: Kind, file: IO[bytes], currency: str, zone: ZoneInfo) -> list[ParsedStatement]:
    if kind == "camt":
        return read_camt(file, currency=currency, zone=zone)
    if kind == "mt940":
        return read_mt940(file, currency=currency)
    if kind == "bai2":
        return read_bai2(file, currency=currency)
    return read_ofx(file, currency=currency, zone=zone)


def _table(
    file: IO[bytes], form: TableForm | None, currency: str, zone: ZoneInfo, file_name: str
) -> ParsedStatement:
    if form is None:
        source = open_table(file)
        for separator in source.separators():
            refuse_batch(source.head(separator))
        raise refuse(
            refusals.MAPPING_MISSING,
            f"{file_name[:100] or 'The file'} is a table: the account needs a mapping that names its columns.",
        )
    return read_table(file, form=form, currency=currency, zone=zone)
