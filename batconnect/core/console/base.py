"""What every page of the console has in common: rights by our codes, the company's rows only, services that
write, refusals that explain themselves, and the history that the database keeps.

The apps' admins are built on these classes; the site they are registered in is `console.site`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from batconnect.core.console.faces.declared import Face
from batconnect.core.console.faces.drawing import page_context
from batconnect.core.console.faces.people import People
from batconnect.core.console.form_fields import RowPicker, TypedListField
from batconnect.core.console.histories import whole_history
from batconnect.core.console.links import LinkingSite, linked_columns
from batconnect.core.console.notes import panel_of
from batconnect.core.console.once import once
from batconnect.core.console.records import RecordAdmin
from batconnect.core.console.refusals import show_in_form
from batconnect.core.console.rights import Guarded, NotHere, actor_of, has_permission
from batconnect.core.console.rows_below import rows_below
from batconnect.core.database.history import keeps_history
from batconnect.core.jobs.holds import find_holder
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, Refusal
from batconnect.core.kernel.money import MoneyField, name_currency
from batconnect.core.kernel.subject import find_subject
from batconnect.core.kernel.words import describe_label
from batconnect.core.models import Approval

__all__ = [
    "BaseAdmin",
    "HeldAdmin",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "ReadOnlyRows",
    "actor_of",
    "has_permission",
]


class BaseAdmin(Guarded, RecordAdmin):
    """A page of the console.

    Who may see it, the table's declaration says (`core.kernel.subject`); declare `add_permission` or
    `change_permission` where the page may write. Writing goes through `add_object` and `change_object`: override them
    to call the app's service. Where there is none, the row is saved with the actor's company. A Refusal becomes an
    error beside the field it names. What a list can do is declared as `ListAdmin` says, what a row's page shows first
    as its `face`.
    """

    actions = None
    list_per_page = 50
    show_full_result_count = False
    save_on_top = False
    list_fullwidth = True
    view_on_site = False
    change_form_outer_before_template = "admin/faces/page.html"
    change_form_after_template = "admin/rows_below.html"
    change_form_outer_after_template = "admin/notes/below.html"
    face: ClassVar[Face | None] = None
    # A browser's number box drops a comma that it does not understand.
    formfield_overrides: ClassVar[dict[Any, Any]] = {MoneyField: {"widget": UnfoldAdminTextInputWidget}}

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        self.view_permission = find_subject(model).permission

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        """Make the row of an add form's values, or the request that it waits for; may raise any Refusal."""
        instance = self.model(company_id=actor.company_id, **values)
        _require_unique(instance)
        instance.save(force_insert=True)
        return instance

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> object:
        """Change the row to the values that the form changed; may raise any Refusal. An Approval that is returned is
        what the change, or a part of it, waits for."""
        for name, value in values.items():
            setattr(instance, name, value)
        _require_unique(instance)
        instance.save(update_fields=list(values))
        return None

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Django's field, except where that would fail on what no browser sends."""
        if isinstance(db_field, ArrayField):
            options["form_class"] = TypedListField
        field = super().formfield_for_dbfield(db_field, request, **options)
        named = str(db_field.verbose_name)
        if field is not None and field.label == capfirst(named):
            field.label = describe_label(named)
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """A row that is found by typing, or chosen of all."""
        if db_field.name in self.get_autocomplete_fields(request):
            options["widget"] = RowPicker(db_field, self.admin_site, using=options.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **options)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """A picker also offers what the console's one search finds."""
        at = request.resolver_match
        if at is not None and at.url_name == "autocomplete" and search_term.strip():
            keys = cast(LinkingSite, self.admin_site).keys_found(request, self.model, search_term)
            if keys:
                named, _ = super().get_search_results(request, queryset, search_term)
                return queryset.filter(Q(pk__in=keys) | Q(pk__in=named.order_by().values("pk"))), False
        return super().get_search_results(request, queryset, search_term)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, its columns that name other rows as links; a file has the plain columns."""
        changelist = super().get_changelist_instance(request)
        if not getattr(request, "counts_nothing", False):
            plain = changelist.list_display_links or changelist.list_display[:1]
            changelist.list_display = linked_columns(
                page=self,
                request=request,
                columns=changelist.list_display,
                plain=plain,
                full_name=People(actor_of(request)).full_name,
            )
            site = cast(LinkingSite, self.admin_site)
            changelist.empty_list = site.empty_list_of(request, self.model)
        return changelist

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """As the page declares them; else what is empty, or for tracing alone, is folded away where nobody types it. Of
        a row with a face all that nobody types is."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and self.face is not None and not self.has_change_permission(request, obj):
            fields = [name for _, options in fieldsets for name in options["fields"]]
            return [("Details", {"classes": ["collapse"], "fields": fields})]
        if self.fieldsets or obj is None:
            return fieldsets
        ((_name, options),) = fieldsets
        read_only = set(self.get_readonly_fields(request, obj))
        if not self.has_change_permission(request, obj):
            read_only.update(options["fields"])
        folded = [
            name
            for name in options["fields"]
            if name in read_only and (_is_technical(self.model, name) or _is_empty(obj, name))
        ]
        shown = [name for name in options["fields"] if name not in folded]
        if not folded or not shown:
            return fieldsets
        return [(None, {"fields": shown}), ("Details", {"classes": ["collapse"], "fields": folded})]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: models.Model | None = None,
    ) -> Any:
        site = cast(LinkingSite, self.admin_site)
        context["show_history"] = keeps_history(self.model)
        context["links"] = site.links_of(request, obj) if obj is not None else []
        context["notes_panel"] = panel_of(request, obj) if obj is not None else None
        if obj is not None and change:
            inlines = [
                each for each in self.get_inline_instances(request, obj) if isinstance(each, ReadOnlyRows)
            ]
            context["rows_below"] = rows_below(self, request, obj, inlines)
        if obj is not None and self.face is not None:
            context.update(page_context(self, request, obj))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_inline_instances(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """The tables below a row, made once for its page: the theme copies its widgets for each."""

        def made() -> list[Any]:
            inlines: list[Any] = super(BaseAdmin, self).get_inline_instances(request, obj)
            return inlines

        return made() if obj is None else once(obj, "inlines", made)

    def get_formsets_with_inlines(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Those that somebody may type in: rows to read need no forms, and are drawn as tables."""
        for inline in self.get_inline_instances(request, obj):
            if not isinstance(inline, ReadOnlyRows):
                yield inline.get_formset(request, obj), inline

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        form = super().get_form(request, obj, change, **kwargs)
        name_currency(
            form.base_fields, getattr(obj, "currency", "") or actor_of(request).company.base_currency
        )
        refusal = getattr(request, "refusal", None)
        return form if refusal is None else _refused_form(form, refusal)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refusal:
            # The savepoint inside is rolled back; the same form is shown again with what was typed and why not.
            request.refusal = refusal  # type: ignore[attr-defined]  # read by get_form
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> models.Model:
        """The form's own instance: nothing is written before `save_model`."""
        instance: models.Model = form.save(commit=False)
        return instance

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            values = {name: form.cleaned_data[name] for name in form.changed_data}
            if values:
                _note_waiting(request, self.change_object(actor=actor, instance=obj, values=values))
        else:
            added = self.add_object(actor=actor, values=dict(form.cleaned_data))
            _note_waiting(request, added)
            if isinstance(added, self.model):
                obj.__dict__.update(added.__dict__)

    def message_user(
        self, request: HttpRequest, message: Any, level: Any = messages.INFO, *args: Any, **options: Any
    ) -> None:
        """Says what waits for a second person, if anything does, in place of "was changed successfully"."""
        waits: Approval | None = getattr(request, "waits_for", None)
        if waits is not None:
            message = f"{waits.title}: this waits for a second person, under Work, Approvals. It has not happened yet."
            level = messages.WARNING
        super().message_user(request, message, level, *args, **options)

    def response_add(
        self, request: HttpRequest, obj: models.Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        if obj._state.adding and getattr(request, "waits_for", None) is not None:
            self.message_user(request, "")
            return self.response_post_save_add(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponseRedirect:
        """In place of Django's way back to the front page: the page that says so where the person is."""
        shown = object_id if len(object_id) <= _SHOWN_OF_KEY else f"{object_id[:_SHOWN_OF_KEY]}…"
        raise Http404(NotHere(f"There is no {opts.verbose_name} “{shown}” in this company."))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who changed the row when, with each value before and after."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, object_id)
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {obj}",
            "subtitle": None,
            "changes": whole_history(actor_of(request), obj),
            "object": obj,
            "opts": self.opts,
            "module_name": str(self.opts.verbose_name_plural),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)

    def log_addition(self, *args: Any, **kwargs: Any) -> None:
        """The database keeps the history: Django's log stays empty."""

    def log_change(self, *args: Any, **kwargs: Any) -> None:
        """See `log_addition`."""

    def log_deletions(self, *args: Any, **kwargs: Any) -> None:
        """See `log_addition`."""


class ReadOnlyAdmin(BaseAdmin):
    """A page on which nobody changes anything, whatever they may do elsewhere."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class HeldAdmin(ReadOnlyAdmin):
    """A page on work that processes hold (`core.jobs.holds`): who is working on it, and since when."""

    held_as: ClassVar[str]
    readonly_fields: Any = ("worked_on_by",)

    @staticmethod
    def held_subject(row: Any) -> str:
        """Under which subject the row is held."""
        return str(row.pk)

    @admin.display(description="Being worked on by", empty_value="Nobody right now")
    def worked_on_by(self, row: Any) -> str | None:
        """Whoever has been working on it the longest."""
        holder = find_holder(company_id=row.company_id, kind=self.held_as, subject=self.held_subject(row))
        return holder.describe(row.company.time_zone) if holder else None


class ReadOnlyRows(Guarded):
    """Rows of another table below a page, to read."""

    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True
    fields: Any

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """All of them, those that the database fills included."""
        return self.fields


class ReadOnlyInline(ReadOnlyRows, TabularInline):
    """Rows to read as a table; declare `fields`."""


_SHOWN_OF_KEY: Final = 60
_FOR_TRACING: Final = frozenset({"request_id", "source_type", "source_id", "subject_type", "subject_id"})


def _is_technical(model: type[models.Model], name: object) -> bool:
    field = _column(model, name)
    is_id = isinstance(field, models.UUIDField | models.BinaryField) and not field.is_relation
    return name in _FOR_TRACING or is_id


def _is_empty(obj: models.Model, name: object) -> bool:
    """Whether a column of the row is empty; what a page computes is not looked at."""
    field = _column(type(obj), name)
    return field is not None and getattr(obj, field.attname) in (None, "", [], {})


def _column(model: type[models.Model], name: object) -> models.Field[Any, Any] | None:
    """The model's column of that name; None for what is none."""
    return next((field for field in model._meta.concrete_fields if field.name == name), None)


def _note_waiting(request: HttpRequest, outcome: object) -> None:
    """Keep what a change waits for, for the message that follows."""
    if isinstance(outcome, Approval):
        request.waits_for = outcome  # type: ignore[attr-defined]  # read by message_user


def _require_unique(instance: models.Model) -> None:
    """Raise Conflict when the company has such a row already: the form, which has no company, does not look."""
    for constraint in instance._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            try:
                constraint.validate(type(instance), instance)
            except ValidationError as taken:
                raise Conflict(
                    f"The company already has another {instance._meta.verbose_name} like this."
                ) from taken


def _refused_form(form: type[forms.ModelForm[Any]], refusal: Refusal) -> type[forms.ModelForm[Any]]:
    """The form, made invalid by the refusal: each error beside its field where the form has it."""

    class Refused(form):  # type: ignore[valid-type, misc]  # a class made at runtime
        def _post_clean(self) -> None:
            super()._post_clean()
            show_in_form(self, refusal)

    return Refused
