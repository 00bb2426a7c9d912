"""What a person has to know: under the bell, read when they say so."""

from __future__ import annotations

from django.apps import apps
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from batconnect.core.models import BulkOperation, JobRun, Notice, Seal
from batconnect.core.people.notices import mark_read, notices_of
from console.addresses import page_address
from console.onward import safe_next
from console.pages import ConsolePage, register_page
from console.related import address_of_row


@register_page
class NoticesPage(ConsolePage):
    """The person's latest notices; who has read one says so, or opens what it is about."""

    route = "account/notices/"
    url_name = "notices"
    title = "Notices to you"
    icon = "notifications"
    permission = None
    template_name = "admin/account/notices.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The latest, whether read or not."""
        notices = notices_of(user_id=self.person_id)
        return self.page(
            notices=[(each, bool(self._address(each))) for each in notices],
            unread=sum(each.read_at is None for each in notices),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """`all` marks all as read, `notice` those that it names; `open` leads on to what the one is about."""
        if "all" in request.POST:
            mark_read(user_id=self.person_id)
            messages.success(request, "All notices are read.")
            return HttpResponseRedirect(reverse("admin:notices"))
        by_text = {str(each.pk): each for each in notices_of(user_id=self.person_id)}
        opened = by_text.get(request.POST.get("open", ""))
        named = [by_text[each] for each in request.POST.getlist("notice") if each in by_text]
        mark_read(user_id=self.person_id, notice_ids=[each.pk for each in (*named, *filter(None, [opened]))])
        address = self._address(opened) if opened else ""
        return HttpResponseRedirect(address or safe_next(request))

    def _address(self, notice: Notice) -> str:
        """The page of what the notice is about; empty in another company, and where the person may not go."""
        if not notice.subject_model or notice.company_id != self.actor.company_id:
            return ""
        if notice.subject_model == JobRun._meta.label:
            return page_address("schedules", self.request)
        if notice.subject_model == Seal._meta.label:
            return page_address("seals", self.request)
        if notice.subject_model == BulkOperation._meta.label:
            return page_address("bulk_operation", self.request, notice.subject_key)
        model = model_of(notice.subject_model)
        return address_of_row(self.request, model, notice.subject_key) if model else ""

    @property
    def person_id(self) -> int:
        """Whose notices they are."""
        assert self.actor.user_id is not None, "the console is used by people"
        return self.actor.user_id


def model_of(label: str) -> type[Model] | None:
    """The table of that label; None for one that is there no more."""
    try:
        return apps.get_model(label)
    except LookupError:
        return None
