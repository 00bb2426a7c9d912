"""docs/payment-batch-quickstart.md, run as it stands."""

from __future__ import annotations

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile

from batconnect.directory.models import Customer
from payments.batches.tests.builders import RECEIPTS, work
from payments.tests.builders import new_key
from tests.cast import StaffClient

PAGE = Path(__file__).resolve().parents[3] / "docs" / "payment-batch-quickstart.md"
FILE = re.compile(r"^```(?:csv|xml) (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"^```sh\n(curl .*?)\n# (\d+)(.*?)\n```", re.MULTILINE | re.DOTALL)


def send(client: StaffClient, command: str, files: dict[str, bytes]) -> Any:
    """What curl would send, through the test's client; its sign-in headers are the client's own."""
    words = shlex.split(command.replace("\\\n", " "))
    url = next(urlsplit(word) for word in words if word.startswith("http://localhost"))
    path = url.path + (f"?{url.query}" if url.query else "")
    values = {flag: [after for word, after in pairwise(words) if word == flag] for flag in ("-F", "-d")}
    if "POST" not in words:
        return client.get(path)
    headers = {"Idempotency-Key": new_key()}
    if values["-F"]:
        form: dict[str, Any] = {}
        for each in values["-F"]:
            name, _, value = each.partition("=")
            form[name] = SimpleUploadedFile(value[1:], files[value[1:]]) if value.startswith("@") else value
        return client.post(path, form, format="multipart", headers=headers)
    return client.post(path, json.loads(values["-d"][0]) if values["-d"] else {}, headers=headers)


def test_the_quick_start_works_as_written(api: StaffClient, acme: Customer) -> None:
    text = PAGE.read_text(encoding="utf-8")
    files = {name: content.encode() for name, content in FILE.findall(text)}
    names = {"$BAT": "http://localhost:8000", "$CUSTOMER": str(acme.id), "$(uuidgen)": "key"}
    calls = CALL.findall(text)

    for command, status, expected in calls:
        for name, value in sorted(names.items(), reverse=True):
            command = command.replace(name, value)
        answer = send(api, command, files)
        assert answer.status_code == int(status), (command, getattr(answer, "content", b""))
        if expected.strip():
            document = answer.json()
            promised = json.loads(expected)
            assert {name: document.get(name) for name in promised} == promised, command
        if answer.status_code == 202:
            batch = work(answer.json()["batch_id"])
            names |= {"$BATCH": str(batch.id), "$OPERATION": str(batch.operation_id)}
        if RECEIPTS in command and "/match" not in command:
            names["$RECEIPT"] = answer.json()["results"][0]["id"]

    assert len(calls) == 15
