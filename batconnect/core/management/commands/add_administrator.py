"""Add the first administrator of a company: the others are added in the console."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batconnect.core.errors import Refusal
from batconnect.core.models import Company
from batconnect.core.permissions import Group
from batconnect.core.services.people import ONE_TIME_PASSWORD_DAYS, add_user, one_time_password
from batconnect.core.tenancy import company_context


class Command(BaseCommand):
    help = "Add an administrator to a company, and print the one-time password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", required=True, help="the company's name")
        parser.add_argument("--username", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(name__iexact=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']!r}.")
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
