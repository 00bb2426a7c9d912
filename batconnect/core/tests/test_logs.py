import io
import json
import logging
import logging.config
import time
from typing import Any

import pytest
import structlog

from batconnect.core.serving.logs import configure_logging, mask_private, mask_text


def masked(**event: Any) -> dict[str, Any]:
    return dict(mask_private(None, "info", event))


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "new_password",
        "access_token",
        "Authorization",
        "SECRET_KEY",
        "ENCRYPTION_KEYS",
        "cookie",
        "tlc_license",
        "email",
        "phone",
    ],
)
def test_masks_by_name(key: str) -> None:
    assert masked(**{key: "00504124"}) == {key: "***"}


def test_masks_by_name_at_any_depth() -> None:
    assert masked(driver={"name": "John", "tlc_license": "00504124"}, rows=[{"password": "x"}]) == {
        "driver": {"name": "John", "tlc_license": "***"},
        "rows": [{"password": "***"}],
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bearer abc.def.ghi", "Bearer ***"),
        ("sent to john@example.com today", "sent to *** today"),
        ("postgres://app:s3cret@localhost/db", "postgres://app:***@localhost/db"),  # pragma: allowlist secret
        ("password=hunter2 is wrong", "password=*** is wrong"),
        (
            "DETAIL:  Key (tlc_license)=(00504124) already exists.",
            "DETAIL:  Key (tlc_license)=(***) already exists.",
        ),
        ("paid 265.00 on 2025-10-20 for INTPAY000123", "paid 265.00 on 2025-10-20 for INTPAY000123"),
    ],
)
def test_masks_inside_text(text: str, shown: str) -> None:
    assert masked(event=text) == {"event": shown}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("eyJhbGciOiJIUzI1.eyJ1c2VyIjox.c2lnbmF0dXJl here", "*** here"),
        ("refresh_token=abc.def", "refresh_token=***"),
        ("call +1 (212) 555-1234 now", "call *** now"),
        ("call (212) 555-1234 now", "call *** now"),
        (
            "DETAIL:  Failing row contains (1, John Doe (driver), 00504124).",
            "DETAIL:  Failing row contains (***)",
        ),
        ("Key (lower(name))=(ACME (NY)) already exists.", "Key (lower(name))=(***) already exists."),
        ("Key (name)=(John D", "Key (name)=(***)"),
    ],
)
def test_masks_what_postgresql_and_clients_write(text: str, shown: str) -> None:
    assert masked(event=text) == {"event": shown}


def test_keeps_both_ends_of_a_long_text() -> None:
    text = "Traceback\n" + "  File x\n" * 5_000 + "ValueError: token=abc"

    shown = masked(event=text)["event"]

    assert len(shown) < 8_200
    assert shown.startswith("Traceback\n")
    assert shown.endswith("ValueError: token=***")
    assert "characters left out" in shown


@pytest.mark.parametrize("place", range(1_980, 2_020))
def test_a_cut_through_a_secret_leaves_nothing_of_it(place: int) -> None:
    """Wherever the text is cut, before, within or behind it."""
    before = "x" * (place - 20)
    for secret in ("password=hunter2hunter2", "Key (a)=(hunter2 hunter2)", "Bearer hunter2hunter2"):
        for text in (
            f"{before} {secret}" + " y" * 6_000,
            "y " * 6_000 + f"{secret} " + "z" * (5_970 + place - 2_000),
        ):
            assert "unter2" not in masked(event=text)["event"]


# Beginnings of everything that a pattern looks for.
PIECES = (
    *(
        "+1111111",
        "a",
        "a@",
        "@a.",
        "eyJ-",
        "eyJa.",
        "Key (",
        "Key (a)=(",
        "Key ()=((",
        "Failing row contains (",
    ),
    *(
        "token ",
        "token=",
        "tlc_license",
        "://a:",
        "password=",
        "bearer ",
        "(",
        "+1(",
        "(212) 555-123",
        "+1 ",
        " ",
    ),
)


def test_no_text_takes_long() -> None:
    slowest: dict[float, str] = {}
    for one in PIECES:
        for other in PIECES:
            text = ((one + other) * 100_000)[:100_000]
            began = time.process_time()
            mask_text(text)
            slowest[time.process_time() - began] = f"{one}{other}"

    # Some 20 ms where nothing else runs; the same took minutes when the patterns went back.
    assert max(slowest) < 0.5, slowest[max(slowest)]


def test_writes_json_lines_with_the_bound_context() -> None:
    stream = io.StringIO()
    config = configure_logging(level="INFO")
    formatter = config["formatters"]["json"]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
        )
    )
    logger = logging.getLogger("batconnect.test_logs")
    logger.addHandler(handler)

    with structlog.contextvars.bound_contextvars(
        request_id="r-1", user=7, company="c", case="INTPAY000123", payment="P-1"
    ):
        structlog.stdlib.get_logger("batconnect.test_logs").warning("payment_recorded", amount="265.00")
        try:
            raise ValueError("token=abc")
        except ValueError:
            logger.exception("plain %s", "logging")
    logger.removeHandler(handler)

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert {
        key: first[key]
        for key in ("level", "logger", "event", "request_id", "user", "company", "case", "payment")
    } == {
        "level": "warning",
        "logger": "batconnect.test_logs",
        "event": "payment_recorded",
        "request_id": "r-1",
        "user": 7,
        "company": "c",
        "case": "INTPAY000123",
        "payment": "P-1",
    }
    assert first["timestamp"].endswith("Z")
    assert second["event"] == "plain logging"
    assert "ValueError: token=***" in second["exception"]
