"""Foreign keys between tables of companies: every join over one compares the company as well (ADR 44)."""

from __future__ import annotations

from typing import Any

from django.db import models


class _JoinsByCompany:
    """What a foreign key between two tables of companies has in place of Django's own constraint and index."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **options: Any) -> None:
        options.setdefault("related_name", "+")
        super().__init__(to, on_delete, **{**options, "db_constraint": False, "db_index": False})  # type: ignore[call-arg]  # a field's

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()  # type: ignore[misc]  # a field's
        return (
            name,
            path,
            args,
            {key: kwargs[key] for key in kwargs if key not in ("db_constraint", "db_index")},
        )

    def get_extra_restriction(self, alias: str | None, related_alias: str | None) -> Any:
        """Also the company. None where Django asks without an alias: a subquery of `exclude()` has no join here."""
        if alias is None or related_alias is None:
            return None
        theirs = self.remote_field.model._meta.get_field("company")  # type: ignore[attr-defined]  # a field's
        ours = self.model._meta.get_field("company")  # type: ignore[attr-defined]  # a field's
        return theirs.get_lookup("exact")(theirs.get_col(alias), ours.get_col(related_alias))


class TenantKey(_JoinsByCompany, models.ForeignKey):  # type: ignore[type-arg]  # no generics at runtime
    """A foreign key between two tables of companies, held by `SameCompany`.

    Every join over it compares the companies too, as the database's key does: (company_id, x_id) = (company_id, id).
    """


class TenantOneToOneKey(_JoinsByCompany, models.OneToOneField):  # type: ignore[type-arg]  # as above
    """The same for a row that is about exactly one other, and whose key may be the other's."""


def tenant_key(to: str, **options: Any) -> Any:
    """A `TenantKey`, protected; index it company-first."""
    return TenantKey(to, **options)
