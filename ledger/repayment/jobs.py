"""Posting as background work: one message per company, a transaction per chunk: a killed worker loses little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from batconnect.core.actors import Actor
from batconnect.core.jobs import each_company
from batconnect.core.tenancy import company_context
from ledger.repayment.services.posting import PostingReport


def posting_task(name: str, *, post: Callable[..., PostingReport]) -> Any:
    """The task `name`, which sends one message per company to `{name}.of_company`, which posts in chunks.

    Delivered twice it posts once. A Refusal (the books are closed) ends it for that company with a warning.
    """

    @each_company(name, in_transaction=False)
    def post_due(actor: Actor) -> dict[str, int]:
        report = post(actor=actor)
        return {"posted": report.posted, "skipped": report.skipped, "failed": report.failed}

    return post_due


def job_actor(company_id: UUID, *, name: str, request_id: str = "") -> Actor:
    """A job's actor in the company, for work that opens its own transactions."""
    with company_context(company_id, job=name, request_id=request_id) as actor:
        return actor
