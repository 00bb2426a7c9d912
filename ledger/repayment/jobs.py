"""Posting as background work: one message per company, a transaction per chunk: a killed worker loses little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import structlog
from celery import shared_task

from batconnect.core.actors import Actor
from batconnect.core.errors import Refusal
from batconnect.core.jobs import OF_COMPANY, Job
from batconnect.core.runs import tell_counts, tell_refusal
from batconnect.core.tenancy import company_context, company_ids
from ledger.repayment.services.posting import PostingReport

_log: Final = structlog.stdlib.get_logger("ledger.repayment")


def posting_task(name: str, *, post: Callable[..., PostingReport]) -> Any:
    """The task `name`, which sends one message per company to `{name}.of_company`, which posts in chunks.

    Delivered twice it posts once. A Refusal (the books are closed) ends it for that company with a warning.
    """

    @shared_task(bind=True, base=Job, name=f"{name}{OF_COMPANY}")
    def of_company(self: Any, company_id: str) -> None:
        actor = job_actor(UUID(company_id), name=name, request_id=str(self.request.id or ""))
        try:
            report = post(actor=actor)
        except Refusal as refusal:
            _log.warning(
                "job_refused", job=name, company=company_id, code=refusal.code, detail=refusal.message
            )
            tell_refusal(refusal)
        else:
            tell_counts({"posted": report.posted, "skipped": report.skipped, "failed": report.failed})

    @shared_task(base=Job, name=name)
    def of_all() -> None:
        for company_id in company_ids():
            of_company.delay(str(company_id))

    of_all.of_company = of_company  # type: ignore[attr-defined]  # a task is an object; tests call both
    return of_all


def job_actor(company_id: UUID, *, name: str, request_id: str = "") -> Actor:
    """A job's actor in the company, for work that opens its own transactions."""
    with company_context(company_id, job=name, request_id=request_id) as actor:
        return actor
