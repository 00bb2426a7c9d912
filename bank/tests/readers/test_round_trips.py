"""Whatever a statement says is read back as it was written, as CAMT.053, CSV, MT940, BAI2 and OFX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from bank.readers.interface import ParsedStatement, TableForm
from bank.readers.values import join_texts, known_reference
from bank.tests.readers.files import bai2, balance, camt, detail, entry, mt940, ofx, read_one, transaction

_DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2079, 12, 31))
_CENTS = st.integers(min_value=1, max_value=99_999_999_999)
_WORDS = st.lists(
    st.text(st.sampled_from("abcXYZ019-,;\"'/&<é€"), min_size=1, max_size=12).filter(
        lambda each: each[0] not in "'=/"
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
_REFERENCES = st.text(st.sampled_from("ABCXYZ123456789"), min_size=1, max_size=16)


@dataclass(frozen=True)
class _Line:
    day: date
    cents: int
    is_out: bool
    reference: str
    text: str

    @property
    def amount(self) -> Decimal:
        return Decimal(self.cents).scaleb(-2)

    @property
    def signed(self) -> Decimal:
        return -self.amount if self.is_out else self.amount


_LINES = st.lists(st.builds(_Line, _DAYS, _CENTS, st.booleans(), _REFERENCES, _WORDS), min_size=1, max_size=8)


def _said(statement: ParsedStatement) -> list[tuple[date, Decimal, str, str]]:
    assert not statement.problems
    return [(each.booked_on, each.signed, each.bank_reference, each.text) for each in statement.lines]


def _meant(lines: Sequence[_Line]) -> list[tuple[date, Decimal, str, str]]:
    return [(each.day, each.signed, known_reference(each.reference), each.text) for each in lines]


@given(_LINES, st.integers(min_value=-(10**12), max_value=10**12))
@settings(deadline=None)
def test_camt(lines: list[_Line], opening: int) -> None:
    begin = Decimal(opening).scaleb(-2)
    end = begin + sum(each.signed for each in lines)

    statement = read_one(
        camt(
            balance("OPBD", f"{abs(begin)}", "DBIT" if begin < 0 else "CRDT"),
            balance("CLBD", f"{abs(end)}", "DBIT" if end < 0 else "CRDT"),
            *(
                entry(
                    f"{each.amount}",
                    "DBIT" if each.is_out else "CRDT",
                    day=f"<Dt>{each.day}</Dt>",
                    reference=each.reference,
                    details=detail(inside=f"<RmtInf><Ustrd>{escape(each.text)}</Ustrd></RmtInf>"),
                )
                for each in lines
            ),
        )
    )

    assert _said(statement) == _meant(lines)
    assert (statement.opening, statement.closing) == (begin, end)


_FORMS = {
    "mdy": "%m/%d/%Y",
    "dmy": "%d.%m.%Y",
    "ymd": "%Y-%m-%d",
}


@given(
    _LINES, st.sampled_from(sorted(_FORMS)), st.sampled_from(".,"), st.sampled_from(",;\t|"), st.booleans()
)
@settings(deadline=None)
def test_table(lines: list[_Line], date_form: str, sign: str, separator: str, is_grouped: bool) -> None:
    form = TableForm(
        date_column="Date",
        amount_column="Amount",
        reference_column="Reference",
        text_column="Description",
        balance_column="Balance",
        date_form=date_form,
        decimal_sign=sign,
    )

    def written(amount: Decimal) -> str:
        plain = f"{amount:,.2f}" if is_grouped else f"{amount:.2f}"
        return plain.translate(str.maketrans(",.", ".,")) if sign == "," else plain

    out = io.StringIO()
    table = csv.writer(out, delimiter=separator)
    table.writerow(["Date", "Reference", "Description", "Amount", "Balance"])
    total = Decimal(0)
    for each in lines:
        total += each.signed
        table.writerow(
            [
                each.day.strftime(_FORMS[date_form]),
                each.reference,
                each.text,
                written(each.signed),
                written(total),
            ]
        )

    statement = read_one(out.getvalue(), form=form)

    assert _said(statement) == _meant(lines)
    if len(lines) > 1:
        assert (statement.opening, statement.closing) == (Decimal("0.00"), total)


@given(_LINES)
@settings(deadline=None)
def test_mt940(lines: list[_Line]) -> None:
    end = sum((each.signed for each in lines), Decimal(0))
    mark = "D" if end < 0 else "C"

    statement = read_one(
        mt940(
            *(
                f":61:{each.day:%y%m%d%m%d}{'D' if each.is_out else 'C'}{f'{each.amount:.2f}'.replace('.', ',')}"
                f"NMSCNONREF//{each.reference}\r\n:86:{each.text}"
                for each in lines
            ),
            opening=":60F:C000101USD0,",
            closing=f":62F:{mark}791231USD{f'{abs(end):.2f}'.replace('.', ',')}",
        )
    )

    assert _said(statement) == _meant(lines)
    assert (statement.opening, statement.closing) == (Decimal("0.00"), end)


@given(_LINES)
@settings(deadline=None)
def test_bai2(lines: list[_Line]) -> None:
    statement = read_one(
        bai2(
            *(
                f"16,{'475' if each.is_out else '175'},{each.cents},0,{each.reference},,{each.text}/"
                for each in lines
            ),
            total=100000 + sum(each.cents for each in lines),
            rows=len(lines),
        )
    )

    assert [each[1:] for each in _said(statement)] == [each[1:] for each in _meant(lines)]


@given(_LINES)
@settings(deadline=None)
def test_ofx(lines: list[_Line]) -> None:
    statement = read_one(
        ofx(
            *(
                transaction(
                    f"{each.signed}",
                    "OTHER",
                    f"{each.day:%Y%m%d}",
                    f"<FITID>{each.reference}<MEMO>{escape(each.text)}",
                )
                for each in lines
            )
        )
    )

    assert _said(statement) == _meant(lines)


@given(st.text(st.sampled_from("ab1- "), min_size=1, max_size=40), st.data())
def test_a_text_cut_anywhere_holds_its_words_joined(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(min_value=0, max_value=len(text)))

    joined = join_texts([text[:at], text[at:]])

    for word in text.split():
        if any(each.isdecimal() for each in word):
            assert word in joined
