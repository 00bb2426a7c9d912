"""Add an administrator to a company: its first one, or one where nobody else is left to agree or to reset a sign-in."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.permissions import Group
from batconnect.core.models import Company, User
from batconnect.core.people.invitations import invite
from batconnect.core.people.people import ONE_TIME_PASSWORD_DAYS, add_user, one_time_password


class Command(BaseCommand):
    help = (
        "Add an administrator to a company, and print the one-time password; --existing invites the owner of an "
        "account that is already there, who accepts in the console."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", required=True, help="the company's name")
        parser.add_argument("--username", required=True)
        parser.add_argument("--existing", action="store_true", help="the account exists: invite it")

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(name__iexact=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']!r}.")
        if options["existing"]:
            self._invite(company, options["username"])
            return
        password = one_time_password()
        try:
            with company_context(company.id, job="add_administrator") as actor:
                user = add_user(
                    actor=actor,
                    username=options["username"],
                    groups=[Group.ADMINISTRATOR.value],
                    password=password,
                )
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{user.username} administers {company.name}.")
        self.stdout.write(f"One-time password, good for {ONE_TIME_PASSWORD_DAYS} days: {password}")

    def _invite(self, company: Company, username: str) -> None:
        """Nobody can give away an account of another company, not even here: its owner has to accept."""
        if not User.objects.filter(username=username, is_active=True, is_staff=True).exists():
            raise CommandError(f"There is no open account of a person with the user name {username!r}.")
        try:
            with company_context(company.id, job="add_administrator") as actor:
                invite(actor=actor, username=username, groups=[Group.ADMINISTRATOR.value])
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{username} is invited to administer {company.name}, and accepts in the console.")
