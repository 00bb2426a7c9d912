"""Take the seals out of the system: the head of each chain, or an audit pack."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.management.companies import add_company_argument, chosen_companies
from batconnect.core.models import Seal
from batconnect.core.sealing.packs import write_pack


class Command(BaseCommand):
    help = (
        "Print the last seal of each company as NUMBER:DIGEST, to be kept elsewhere; with --output, write the seals "
        "--first to --last of one company with what they cover as an audit pack (docs/seals.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("--first", type=int, default=1, help="the first seal of the pack")
        parser.add_argument("--last", type=int, help="the last one; the newest when left out")
        parser.add_argument("--output", type=Path, help="the ZIP file to write")
        parser.add_argument(
            "--documents",
            action="store_true",
            help="with receipts, invoices, DTRs and statements of the pack",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        companies = chosen_companies(options["company"])
        if options["output"] and len(companies) != 1:
            raise CommandError("A pack is of one company: say which with --company.")
        for company in companies:
            with company_context(company.id, job="export_seals") as actor:
                head = Seal.objects.filter(company_id=company.id).first()
                if head is None:
                    self.stdout.write(f"{company.name}: nothing is sealed yet.")
                elif options["output"]:
                    self._write(actor, options["last"] or head.number, options)
                else:
                    said = {"company": company.name, "sealed_at": head.sealed_at.isoformat()}
                    self.stdout.write(f"{head.number}:{bytes(head.digest).hex()} {json.dumps(said)}")

    def _write(self, actor: Actor, last: int, options: dict[str, Any]) -> None:
        """The pack as a file; half of one does not stay."""
        output: Path = options["output"]
        with output.open("xb") as file:
            try:
                written = write_pack(
                    actor=actor,
                    first=options["first"],
                    last=last,
                    file=file,
                    with_documents=options["documents"],
                )
            except BaseException as error:
                output.unlink()
                if isinstance(error, Refusal):
                    raise CommandError(error.message) from error
                raise
        self.stdout.write(f"{actor.company.name}: {written.seals} seals in {output}.")
        if written.documents_digest:
            self.stdout.write(f"{written.documents} documents, documents:{written.documents_digest}")
