"""The screen where new inboxes for registrations are confirmed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from .. import permissions
from ..mail.routes import confirm_route, held_emails
from ..models import KnownRoute
from .base import refused


class InboxesView(WagtailAdminTemplateMixin, View):
    """The inboxes that wait for a safeguarding lead or an administrator, form by form."""

    template_name = "prevent_registrations/review/inboxes.html"
    page_title = gettext_lazy("Inboxes to confirm")
    header_icon = "mail"

    def dispatch(self, request: HttpRequest, *args, **kwargs):
        if not permissions.may(request.user, permissions.CONFIRM_INBOXES):
            return refused(request)
        return super().dispatch(request, *args, **kwargs)

    def routes(self):
        routes = KnownRoute.objects.exclude(pending=[]).select_related("page").order_by("page")
        events = permissions.events_of(self.request.user)
        if events is None:
            return list(routes)
        return [route for route in routes if route.page.event and route.page.event.pk in events]

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = [(route, held_emails(route.page).count()) for route in self.routes()]
        return self.render_to_response(self.get_context_data(rows=rows))

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = request.POST.get("page", "")
        route = next((row for row in self.routes() if str(row.pk) == chosen), None)
        seen = request.POST.getlist("address")
        if route and confirm_route(route.page, seen, at=timezone.now(), by=request.user):
            messages.success(
                request, _("Confirmed. Registrations, and what has waited, go there now.")
            )
        else:
            messages.error(
                request, _("The inboxes have changed since you looked. Read them again.")
            )
        return redirect("prevent_inboxes")
