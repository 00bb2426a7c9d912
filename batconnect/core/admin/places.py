"""The console's pages on places in the company: who has one, and to whom one is offered."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from batconnect.core.admin.faces import INVITATION_FACE, PLACE_FACE, invitation_state
from batconnect.core.admin.people import groups_field
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Invitation, Membership
from batconnect.core.people import invitations, places


def _confirm(actor: Actor, place: Membership, values: dict[str, Any]) -> Preview:
    places.confirm_place(actor=actor, membership_pk=int(place.pk), reason=values["reason"])
    return Preview(
        f"{place.user.username} works here again, with {places.format_groups(place.groups)}. First make sure, in "
        "some other way than through the account itself, that it is still this person who signs in with it.",
        state=str(place.suspended_since),
    )


def _end(actor: Actor, place: Membership, values: dict[str, Any]) -> Preview:
    places.change_membership(actor=actor, membership_pk=int(place.pk), is_active=False)
    return Preview(f"{place.user.username} no longer has a place here.", state=str(place.suspended_since))


def _withdraw(actor: Actor, invitation: Invitation, values: dict[str, Any]) -> Preview:
    invitations.withdraw(actor=actor, invitation_id=invitation.pk, reason=values["reason"])
    return Preview(f"The invitation of {invitation.username} can no longer be accepted.")


def _is_suspended(actor: Actor, place: Membership) -> bool:
    """Offered for a suspended place of somebody else."""
    return place.suspended_since is not None and place.user_id != actor.user_id


CONFIRM: Final = RowAction(
    name="confirm_place",
    path="confirm",
    title="Confirm the place",
    label="Confirm place",
    permission=places.PERMISSION,
    icon="verified_user",
    form=ReasonForm,
    run=_confirm,
    offered=_is_suspended,
)
END: Final = RowAction(
    name="end_place",
    path="end",
    title="End the place",
    label="End place",
    permission=places.PERMISSION,
    icon="person_off",
    variant=ActionVariant.DANGER,
    form=forms.Form,
    run=_end,
    offered=_is_suspended,
)
WITHDRAW: Final = RowAction(
    name="withdraw",
    title="Withdraw the invitation",
    label="Withdraw",
    permission=places.PERMISSION,
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_withdraw,
    offered=lambda actor, invitation: invitation.state == Invitation.State.PENDING,
)


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at runtime
    """What a person may do here."""

    groups = groups_field()

    class Meta:
        model = Membership
        fields = ("groups", "is_active")


@admin.register(Membership)
class MembershipAdmin(RowActionAdmin):
    """Who belongs to the company, in which groups; a place comes with an account, or by an invitation."""

    change_permission = "core.manage_users"
    list_display = ("user", "held_groups", "is_active", "suspended_since", "created_at")
    list_filter = ("is_active",)
    list_select_related = ("user", "company")
    search_fields = ("user__username", "user__first_name", "user__last_name")
    ordering = ("user__username",)
    fieldsets = ((None, {"fields": ("user", "groups", "is_active", "suspended_since")}),)
    readonly_fields = ("user", "suspended_since")
    form = MembershipForm
    row_actions = (CONFIRM, END)
    face = PLACE_FACE

    @admin.display(description="groups")
    def held_groups(self, membership: Membership) -> str:
        """The groups by name."""
        return ", ".join(membership.groups)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Everybody's except the user's own."""
        if not super().has_change_permission(request, obj):
            return False
        return not isinstance(obj, Membership) or obj.user_id != request.user.pk

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> object:
        return places.change_membership(actor=actor, membership_pk=int(instance.pk), **values)


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at runtime
    """A place for somebody who has an account in another company."""

    username = forms.CharField(
        max_length=150,
        label="User name",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Exactly as the person signs in. You are not told whether there is such an account: the person "
        f"sees the invitation at the next sign-in and has {invitations.DAYS} days to accept it.",
    )
    groups = groups_field()

    class Meta:
        model = Invitation
        fields = ("username", "groups")


@admin.register(Invitation)
class InvitationAdmin(RowActionAdmin):
    """Places that were offered, and what came of it."""

    add_permission = "core.manage_users"
    list_display = ("username", "held_groups", "shown_state", "invited_by", "created_at", "expires_at")
    list_filter = ("state",)
    search_fields = ("username",)
    ordering = ("-created_at", "-id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "groups",
                    "shown_state",
                    "invited_by",
                    "created_at",
                    "expires_at",
                    "decided_at",
                )
            },
        ),
    )
    add_fieldsets = ((None, {"fields": ("username", "groups")}),)
    readonly_fields = ("shown_state",)
    form = InvitationForm
    row_actions = (WITHDRAW,)
    face = INVITATION_FACE

    @admin.display(description="groups")
    def held_groups(self, invitation: Invitation) -> str:
        """The groups by name."""
        return ", ".join(invitation.groups)

    @admin.display(description="state", ordering="state")
    def shown_state(self, invitation: Invitation) -> str:
        """Its state, or that nobody answered in time."""
        return invitation_state(invitation)

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return invitations.invite(actor=actor, **values)
