"""A generic HTTPS gateway: `POST {url}/charges` with our idempotency key, `GET {url}/charges/{key}` to ask.

Every request is signed like its events: `X-Signature` is the HMAC-SHA256 of the body; of a question, of
`GET {path} {X-Timestamp}`. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from batconnect.core.kernel import clock
from batconnect.core.kernel.money import NotMoney, exact_money
from payments.gateways.interface import GatewayKind, Instruction, Outcome, Result, Taken, Unclear
from payments.gateways.signing import sign

TIMEOUT_SECONDS: Final = 10
_LONGEST_ANSWER: Final = 65_536
# What says that the gateway read the charge and will not do it; anything else says nothing of the charge.
_DECLINED: Final = frozenset({400, 402, 409, 410, 422})


class WebhookGateway:
    """Speaks to the endpoint's address."""

    def create(self, instruction: Instruction) -> Taken:
        body = orjson.dumps(
            {
                "reference": instruction.reference,
                "amount": str(instruction.amount),
                "currency": instruction.currency,
                "method": instruction.method,
                "events_path": f"/api/gateway-events/{instruction.endpoint_id}",
            }
        )
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(instruction.key),
            "X-Signature": sign(secret=instruction.secret, body=body),
        }
        status, answer = exchange("POST", f"{instruction.url}/charges", headers, body)
        name = str(answer.get("id", ""))[:100]
        if 200 <= status < 300:
            return Taken(Outcome(Result.PROCESSING, gateway_reference=name))
        if status in _DECLINED:
            reason = str(answer.get("reason") or f"The gateway refused the charge ({status}).")[:200]
            return Taken(Outcome(Result.FAILED, reason=reason, gateway_reference=name))
        raise Unclear(f"the gateway answered {status}")

    def look_up(self, instruction: Instruction) -> Outcome:
        url = f"{instruction.url}/charges/{instruction.key}"
        stamp = str(int(clock.now().timestamp()))
        signed = f"GET {urlsplit(url).path} {stamp}".encode()
        headers = {"X-Timestamp": stamp, "X-Signature": sign(secret=instruction.secret, body=signed)}
        status, answer = exchange("GET", url, headers, b"")
        if status == 404:
            return Outcome(Result.UNKNOWN)
        if not 200 <= status < 300:
            raise Unclear(f"the gateway answered {status}")
        return _outcome(answer)


def _outcome(answer: Mapping[str, Any]) -> Outcome:
    try:
        result = Result(str(answer.get("status", "")))
        amount = exact_money(answer["amount"]) if result == Result.SETTLED else None
    except (ValueError, KeyError, NotMoney) as error:
        raise Unclear("the gateway's answer cannot be read") from error
    return Outcome(
        result,
        amount=amount,
        reason=str(answer.get("reason") or "")[:200],
        gateway_reference=str(answer.get("id") or "")[:100],
    )


def exchange(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
    """One request over HTTPS; the status and the JSON object that came back. Raises Unclear."""
    parts = urlsplit(url)
    assert parts.scheme == "https", "endpoints are checked when they are stored"
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
    )
    try:
        connection.request(method, parts.path, body=body or None, headers=dict(headers))
        response = connection.getresponse()
        content = response.read(_LONGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise Unclear(f"the gateway did not answer ({type(error).__name__})") from error
    finally:
        connection.close()
    try:
        answer = json.loads(content or b"{}", parse_float=str, parse_int=str)
    except ValueError:
        answer = {}
    return response.status, answer if isinstance(answer, dict) else {}


WEBHOOK: Final = GatewayKind(code="webhook", label="HTTPS gateway", client=WebhookGateway())
