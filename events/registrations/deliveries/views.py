"""The screens of deliveries: a list, and two acts. None shows what a mail says."""

from django.core.paginator import EmptyPage
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from wagtail.admin import messages
from wagtail.admin.paginator import WagtailPaginator
from wagtail.log_actions import log

from events.inboxes import masked

from .. import outbox
from ..mail import alarm
from ..models import OutboundEmail
from ..permissions import MANAGE_DELIVERIES, emails_for
from ..review.views import ReviewView
from .filters import DeliveryFilterForm

PAGE_SIZE = 50
RETRIED = "prevent_registrations.delivery_retried"
ABANDONED = "prevent_registrations.delivery_abandoned"
State = OutboundEmail.State


class DeliveryView(ReviewView):
    """A screen for those who may look after deliveries; 403, with a sentence, for others."""

    rights = (MANAGE_DELIVERIES,)

    def emails(self):
        """Return the mails that the reader may look after: those about events of theirs."""
        return emails_for(self.request.user, OutboundEmail.objects.all())

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(
            **{
                "breadcrumbs_items": [{"url": self.index_url, "label": "Deliveries"}],
                "heading": "Deliveries",
                "index_url": self.index_url,
                **kwargs,
            }
        )


class DeliveryIndexView(DeliveryView):
    """The list, 50 a page; 400 for an address that makes no sense, 404 past the last page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        at = timezone.now()
        form = DeliveryFilterForm(request.GET, label_suffix="")
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=400)
        paginator = WagtailPaginator(emails_for(request.user, form.found(at=at)), PAGE_SIZE)
        try:
            page = paginator.page(form.page)
        except EmptyPage:
            context = self.get_context_data(form=form, last_page=paginator.num_pages)
            return self.render_to_response(context, status=404)
        return self.render_to_response(
            self.get_context_data(
                form=form,
                rows=[self.row(email) for email in page.object_list],
                page_obj=page,
                elided_page_range=paginator.get_elided_page_range(page.number),
                outbox=alarm.look(at=at),
            )
        )

    def row(self, email: OutboundEmail) -> dict:
        """Return what the list shows of ``email``, its recipient masked."""
        unsent = email.state in (State.WAITING, State.FAILED, State.SENDING)
        action = self.url_helper.get_action_url
        return {
            "email": email,
            "recipient": masked(email.recipient),
            "is_unsent": unsent,
            "retry_url": email.state in (State.FAILED, State.ABANDONED)
            and email.recipient
            and action("retry", email.pk),
            "abandon_url": unsent and action("abandon", email.pk),
        }

    def get_template_names(self) -> list[str]:
        return self.model_admin.get_index_template()


class RetryView(DeliveryView):
    """Make a mail due at once."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send whoever reloads the address back to the list."""
        return redirect(self.index_url)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        email = get_object_or_404(
            self.emails().select_related("registration__page", "registration__occurrence"), pk=pk
        )
        with transaction.atomic():
            is_retried = outbox.retry(email, at=timezone.now())
            if is_retried:
                log(instance=email, action=RETRIED, user=request.user)
        if is_retried:
            messages.success(request, "The e-mail is tried again now.")
        else:
            messages.warning(
                request, "Nothing was done: the e-mail is on its way, sent, or has no recipient."
            )
        return redirect(self.index_url)


class AbandonView(DeliveryView):
    """Give a mail up, after asking once more."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        email = get_object_or_404(self.emails().select_related("registration"), pk=pk)
        return self.render_to_response(
            self.get_context_data(
                heading="Abandon an e-mail", email=email, recipient=masked(email.recipient)
            )
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        email = get_object_or_404(self.emails(), pk=pk)
        with transaction.atomic():
            is_abandoned = outbox.abandon(OutboundEmail.objects.filter(pk=pk), why=alarm.BY_HAND)
            if is_abandoned:
                log(instance=email, action=ABANDONED, user=request.user)
        if is_abandoned:
            messages.success(request, "The e-mail is abandoned. You can still retry it.")
        else:
            messages.warning(request, "Nothing was done: the e-mail was sent or abandoned already.")
        return redirect(self.index_url)

    def get_template_names(self) -> list[str]:
        return ["prevent_registrations/deliveries/abandon.html"]
