"""One character that does not belong there, at each place of a good file: it is read, or refused by its reader's code.

What is space or a digit for one function of Python's is none for another; a file of a bank may have any of them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import pytest

from bank.readers.interface import UnreadableStatement
from bank.tests.readers.files import PLAIN, bai2, camt, entry, mt940, ofx, read, transaction

ODD: Final = (*"\x1c\x1f\x85\xa0\u2007\u200b\ufeff²٣−-+._/,", "1e9", "9" * 30)
FILES: Final = {
    "bai2": bai2("16,175,50000,,R1,,TEXT/", "16,475,5,V,261120,,C7,A check/", total=150_005, rows=2),
    "camt": camt(entry()),
    "mt940": mt940(":61:2611201120C500,NTRFNONREF//R1\r\n:86:INVOICE 77"),
    "ofx": ofx(transaction()),
    "table": "Date,Amount,Description\n11/20/2026,5.00,A\n11/21/2026,-6.00,B\n",
}


@pytest.mark.parametrize("odd", ODD, ids=ascii)
@pytest.mark.parametrize("name", FILES)
def test_in_the_place_of_one_and_before_one(name: str, odd: str) -> None:
    good = FILES[name]
    figures = [place for place, letter in enumerate(good) if letter.isdecimal() or letter in ",./:-"]

    for place in figures:
        for rest in (place, place + 1):
            with suppress(UnreadableStatement):
                read(good[:place] + odd + good[rest:], form=PLAIN)

    assert read(good, form=PLAIN)
