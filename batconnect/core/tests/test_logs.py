import io
import json
import logging
import logging.config
from typing import Any

import pytest
import structlog

from batconnect.core.logs import configure_logging, mask_private


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
        ("postgres://app:s3cret@localhost/db", "postgres://app:***@localhost/db"),
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
