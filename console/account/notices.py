"""What was done to a person's account, rights and companies."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from batconnect.core.people.notices import mark_read, notices_of
from console.onward import safe_next
from console.pages import ConsolePage, register_page


@register_page
class NoticesPage(ConsolePage):
    """The person's latest notices of all companies; who has read one says so."""

    route = "account/notices/"
    url_name = "notices"
    title = "Notices to you"
    icon = "notifications"
    permission = None
    template_name = "admin/account/notices.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The latest, whether read or not."""
        return self.page(notices=notices_of(user_id=self.person_id))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Those that were on the page are read."""
        key_by_text = {str(each.pk): each.pk for each in notices_of(user_id=self.person_id)}
        sent = request.POST.getlist("notice")
        mark_read(
            user_id=self.person_id, notice_ids=[key_by_text[each] for each in sent if each in key_by_text]
        )
        return HttpResponseRedirect(safe_next(request))

    @property
    def person_id(self) -> int:
        """Whose notices they are."""
        assert self.actor.user_id is not None, "the console is used by people"
        return self.actor.user_id
