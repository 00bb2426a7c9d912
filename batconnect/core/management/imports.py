"""The bases of the commands that take a file into a company."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from batconnect.core.database.tenancy import company_context
from batconnect.core.files.imports import Import, ImportReport
from batconnect.core.files.imports import Progress as Told
from batconnect.core.files.uploads import read_file
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.words import format_count
from batconnect.core.management.companies import add_company_argument, only_company
from batconnect.core.models import Company


class FileCommand(BaseCommand):
    """A command with `--file`, `--company` and `--dry-run`; it exits with 1 when rows were bad.

    A subclass takes the file's content and answers how many of its rows were bad; `bad` is one, and several.
    """

    bad: ClassVar[tuple[str, str]] = ("error", "errors")

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("--file", required=True, type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        company = only_company(options["company"])
        try:
            content = read_file(path)
            with _progress() as progress:
                bar = progress.add_task("rows", total=max(content.count(b"\n"), 1))
                wrong = self.take(company, content, options, lambda rows: progress.advance(bar, rows))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}") from error
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        if wrong:
            raise CommandError(f"{format_count(wrong, *self.bad)}.", returncode=1)

    def take(self, company: Company, content: bytes, options: dict[str, Any], progress: Told) -> int:
        """Take the file; may raise any Refusal."""
        raise NotImplementedError


class ImportCommand(FileCommand):
    """A command that runs an import, which a subclass names as `imports`."""

    imports: ClassVar[Import]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.help = f"{cls.imports.told} Headings: {', '.join(cls.imports.headings)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        if self.imports.keeps_good:
            parser.add_argument(
                "--keep-good", action="store_true", help="keep the good rows even if others are bad"
            )

    def take(self, company: Company, content: bytes, options: dict[str, Any], progress: Told) -> int:
        job = type(self).__module__.rpartition(".")[2]
        with company_context(company.id, job=job) as actor:
            report = self.imports.run(
                actor=actor,
                content=content,
                dry_run=options["dry_run"],
                keep_good=options.get("keep_good", False),
                progress=progress,
            )
        self._print(report)
        return len(report.errors)

    def _print(self, report: ImportReport) -> None:
        for warning in report.warnings:
            self.stdout.write(f"warning: {warning}")
        for error in report.errors:
            self.stdout.write(f"line {error.row}: {error.field}: {error.message} [{error.code}]")
        self.stdout.write(self.imports.outcome(report))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
