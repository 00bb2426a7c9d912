"""docs/security-asvs.md has every requirement once, each row says what tries it or why nothing does, and the files that
stand in front of the application are as the page says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "security-asvs.md"
# OWASP ASVS 5.0.0, levels 1 and 2: by chapter, each section with its numbers.
ASKED: Final = {
    1: "1:1-2 2:1-9 3:1-11 4:1-3 5:1-2",
    2: "1:1-3 2:1-3 3:1-4 4:1",
    3: "2:1-2 3:1-4 4:1-6 5:1-5 7:1-2",
    4: "1:1-3 2:1 3:1-2 4:1-4",
    5: "1:1 2:1-3 3:1-2 4:1-3",
    6: "1:1-3 2:1-12 3:1-4 4:1-4 5:1-5 6:1-3 8:1-4",
    7: "1:1-3 2:1-4 3:1-2 4:1-5 5:1-2 6:1-2",
    8: "1:1-2 2:1-3 3:1 4:1",
    9: "1:1-3 2:1-4",
    10: "1:1-2 2:1-2 3:1-4 4:1-11 5:1-5 6:1-2 7:1-3",
    11: "1:1-2 2:1-3 3:1-3 4:1-4 5:1 6:1",
    12: "1:1-3 2:1-2 3:1-4",
    13: "1:1 2:1-5 3:1-2 4:1-5",
    14: "1:1-2 2:1-4 3:1-3",
    15: "1:1-3 2:1-3 3:1-7",
    16: "1:1 2:1-5 3:1-4 4:1-3 5:1-3",
    17: "1:1 2:1-4 3:1-2",
}
LEVEL_1: Final = 70
REASONS: Final = ("Does not apply: ", "No test: ", "**Not met**")
_ROW: Final = re.compile(r"^\| (V[\d.]+|API\d+:2023) \| (.+) \|$", re.MULTILINE)
_TEST: Final = re.compile(r"`([\w/.]+\.py)(?:::(\w+))?`")


def asked() -> Iterator[str]:
    """Every number."""
    for chapter, sections in ASKED.items():
        for section in sections.split():
            name, spans = section.split(":")
            for span in spans.split("+"):
                first, _, last = span.partition("-")
                for number in range(int(first), int(last or first) + 1):
                    yield f"V{chapter}.{name}.{number}"


def rows() -> list[tuple[str, list[str]]]:
    """Each row's number with its other cells."""
    return [(found[1], found[2].split(" | ")) for found in _ROW.finditer(PAGE.read_text(encoding="utf-8"))]


def test_every_requirement_is_there_once() -> None:
    numbers = [number for number, _ in rows()]

    assert [number for number, times in Counter(numbers).items() if times > 1] == []
    assert [number for number in numbers if number.startswith("V")] == list(asked())
    assert [number for number in numbers if number.startswith("API")] == [
        f"API{place}:2023" for place in range(1, 11)
    ]
    assert Counter(cells[0] for number, cells in rows() if number.startswith("V")) == {
        "1": LEVEL_1,
        "2": len(list(asked())) - LEVEL_1,
    }


def test_every_row_has_a_test_that_exists_or_a_reason() -> None:
    wrong = []
    for number, cells in rows():
        tests = _TEST.findall(cells[-1])
        if not tests and not cells[-1].startswith(REASONS):
            wrong.append(f"{number}: neither a test nor a reason")
        for path, name in tests:
            if not (ROOT / path).is_file():
                wrong.append(f"{number}: {path} is not there")
            elif name and f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8"):
                wrong.append(f"{number}: {path} has no {name}")

    assert wrong == []


def test_the_page_counts_itself() -> None:
    page = PAGE.read_text(encoding="utf-8")
    last = [cells[-1] for number, cells in rows() if number.startswith("V")]
    (counted,) = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    kinds = ("`", "No test", "Does not apply", "**Not met**")

    assert tuple(map(int, counted)) == tuple(sum(cell.startswith(kind) for cell in last) for kind in kinds)
    assert re.findall(r"^- (V[\d.]+),", page, re.MULTILINE) == [
        number for number, cells in rows() if cells[-1].startswith("**Not met**")
    ]


def test_every_test_that_the_pages_name_exists() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = {path for path, _ in _TEST.findall(page) if "/test_" in path}

    assert len(named) > 40
    assert [
        path
        for path in sorted(named)
        if not ((ROOT / path).is_file() or (ROOT / "batconnect" / path).is_file())
    ] == []


def test_the_proxy_speaks_today_s_tls_and_nothing_older() -> None:
    lines = [
        line.strip() for line in (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8").splitlines()
    ]
    (ciphers,) = (line.split()[1].rstrip(";") for line in lines if line.startswith("ssl_ciphers"))

    assert "ssl_protocols TLSv1.2 TLSv1.3;" in lines
    assert "ssl_prefer_server_ciphers on;" in lines
    assert all(
        re.fullmatch(r"ECDHE-(RSA|ECDSA)-\S*(GCM|CHACHA20)\S+", cipher) for cipher in ciphers.split(":")
    )


def test_the_image_holds_neither_history_nor_tests() -> None:
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert {".git", "tests", "**/tests", "benchmarks", "var", ".venv"} <= set(left_out)
