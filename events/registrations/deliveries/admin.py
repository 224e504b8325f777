"""The Deliveries screens: emails with two actions, the webhook log, and the dashboard panel.

None shows an email's text. The lists cannot be searched, because a search would find people.
"""

from urllib.parse import urlsplit

import django_filters
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from wagtail.admin import messages
from wagtail.admin.ui.components import Component
from wagtail.log_actions import log

from events.inboxes import masked

from .. import outbox
from ..mail import alarms
from ..models import OutboundEmail, WebhookDelivery
from ..permissions import MANAGE_DELIVERIES, VIEW, emails_for, may
from ..review.base import ListColumn, ReviewListView, ReviewView, ScreensAdmin
from ..review.filters import ListFilterForm, ReviewFilterSet

RETRIED = "prevent_registrations.delivery_retried"
ABANDONED = "prevent_registrations.delivery_abandoned"
UNSENT, LATE, UNRESOLVED = "unsent", "late", "unresolved"
SHOWN = (
    "kind",
    "about",
    "recipient",
    "state",
    "attempts",
    "created_at",
    "wanted_at",
    "due_at",
    "sent_at",
    "last_error",
    "in_digest",
    "registration__reference",
)
State = OutboundEmail.State


class DeliveryFilterSet(ReviewFilterSet):
    state = django_filters.ChoiceFilter(
        method="in_state",
        label="State",
        choices=[
            (UNSENT, "Not sent yet"),
            (LATE, "More than 15 minutes late"),
            (UNRESOLVED, "Could not be delivered"),
            *State.choices,
        ],
        empty_label="All",
        error_messages={"invalid_choice": "Choose one of the states in the list"},
    )
    kind = django_filters.ChoiceFilter(
        label="Kind",
        choices=OutboundEmail.Kind.choices,
        empty_label="All kinds",
        error_messages={"invalid_choice": "Choose one of the kinds in the list"},
    )

    reference = django_filters.CharFilter(
        field_name="registration__reference", lookup_expr="iexact", label="Reference"
    )

    class Meta:
        model = OutboundEmail
        fields: list[str] = []
        form = ListFilterForm

    def in_state(self, queryset, name: str, value: str):
        if value == UNSENT:
            return queryset.unsent()
        if value == LATE:
            return queryset.late(at=timezone.now(), after=alarms.LATE_AFTER)
        if value == UNRESOLVED:
            return queryset.filter(pk__in=alarms.unresolved().values("pk"))
        return queryset.filter(state=value)


class DeliveryView(ReviewView):
    """A screen for users who may manage deliveries, limited to their events."""

    rights = (MANAGE_DELIVERIES,)
    url_prefix = "prevent_registrations_outboundemail_modeladmin"
    index_title = "Deliveries"
    header_icon = "mail"

    def emails(self):
        return emails_for(self.request.user, OutboundEmail.objects.all())


class DeliveryIndexView(DeliveryView, ReviewListView):
    """The emails, newest first, with masked recipients."""

    template_name = "prevent_registrations/deliveries/list.html"
    filterset_class = DeliveryFilterSet
    columns = [
        ListColumn("email", "Email"),
        ListColumn("recipient", "To"),
        ListColumn("state", "State"),
        ListColumn("age", "Age"),
        ListColumn("attempts", "Attempts"),
        ListColumn("action", "Action"),
    ]

    def get_base_queryset(self):
        return self.emails().select_related("registration").only(*SHOWN)

    def get_rows(self, page: list[OutboundEmail]) -> list[dict]:
        return [self.row(email) for email in page]

    def row(self, email: OutboundEmail) -> dict:
        is_unsent = email.state in (State.WAITING, State.FAILED, State.SENDING)
        can_retry = email.state in (State.FAILED, State.ABANDONED) and email.recipient
        registration = email.registration_id
        return {
            "email": email,
            "can_choose": is_unsent or email.state == State.ABANDONED,
            "registration_url": registration
            and may(self.request.user, VIEW)
            and reverse(
                "prevent_registrations_registration_modeladmin_inspect", args=[registration]
            ),
            "recipient": masked(email.recipient),
            "is_unsent": is_unsent,
            "retry_url": can_retry and self.address("retry", email.pk),
            "abandon_url": is_unsent and self.address("abandon", email.pk),
        }

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(
            outbox=alarms.outbox_state(at=timezone.now()),
            unresolved=self.emails().filter(pk__in=alarms.unresolved().values("pk")).count(),
            bulk_url=self.address("bulk"),
            **kwargs,
        )


class RetryView(DeliveryView):
    """Make an email due now."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Redirect to the list when the address is reloaded."""
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
            messages.success(request, "We are trying to send the email again.")
        else:
            messages.warning(
                request,
                "Nothing was changed. The email is being sent, has been sent or has no recipient.",
            )
        return redirect(self.index_url)


class BulkView(DeliveryView):
    """Retry or dismiss the ticked emails, or all that could not be delivered."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(self.index_url)

    def post(self, request: HttpRequest) -> HttpResponse:
        reason = request.POST.get("reason", "").strip()[:200]
        dismisses = "dismiss" in request.POST
        if dismisses and not reason:
            messages.error(request, "Enter why the emails do not need to be sent.")
            return redirect(self.index_url)
        emails = self.chosen().select_related("registration__page", "registration__occurrence")
        done = 0
        for email in list(emails):
            with transaction.atomic():
                is_done = dismiss(email) if dismisses else outbox.retry(email, at=timezone.now())
                if is_done:
                    action, data = (ABANDONED, {"reason": reason}) if dismisses else (RETRIED, {})
                    log(instance=email, action=action, user=request.user, data=data)
            done += bool(is_done)
        what = "dismissed" if dismisses else "being sent again"
        if done:
            messages.success(request, f"{done} email{'s'[: done != 1]} {what}.")
        else:
            messages.warning(request, "Nothing was changed. Tick the emails first.")
        return redirect(self.index_url)

    def chosen(self):
        if "all" in self.request.POST:
            return self.emails().filter(pk__in=alarms.unresolved().values("pk"))
        ticked = [pk for pk in self.request.POST.getlist("emails") if pk.isascii() and pk.isdigit()]
        return self.emails().filter(pk__in=ticked)


def dismiss(email: OutboundEmail) -> bool:
    """Record that ``email`` need not be sent; return whether it was still unsent."""
    rows = OutboundEmail.objects.filter(pk=email.pk)
    if outbox.abandon(rows, why=alarms.BY_HAND):
        return True
    return bool(rows.filter(state=State.ABANDONED).update(last_error=alarms.BY_HAND))


class AbandonView(DeliveryView):
    """Abandon an email, after asking for confirmation."""

    template_name = "prevent_registrations/deliveries/abandon.html"
    page_title = "Abandon an email"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        email = get_object_or_404(self.emails().select_related("registration"), pk=pk)
        return self.render_to_response(
            self.get_context_data(email=email, recipient=masked(email.recipient))
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        email = get_object_or_404(self.emails(), pk=pk)
        with transaction.atomic():
            is_abandoned = outbox.abandon(OutboundEmail.objects.filter(pk=pk), why=alarms.BY_HAND)
            if is_abandoned:
                log(instance=email, action=ABANDONED, user=request.user)
        if is_abandoned:
            messages.success(request, "The email was abandoned. You can still retry it.")
        else:
            messages.warning(
                request, "Nothing was changed. The email had already been sent or abandoned."
            )
        return redirect(self.index_url)


class DeliveryAdmin(ScreensAdmin):
    model = OutboundEmail
    menu_label = DeliveryView.index_title
    menu_icon = DeliveryView.header_icon
    add_to_admin_menu = False
    right = MANAGE_DELIVERIES
    screens = (
        ("index", "", DeliveryIndexView),
        ("retry", "retry/<int:pk>/", RetryView),
        ("bulk", "bulk/", BulkView),
        ("abandon", "abandon/<int:pk>/", AbandonView),
    )


class DeliveryPanel(Component):
    """How much email is late or undeliverable, for users who may manage deliveries."""

    name = "deliveries"
    template_name = "prevent_registrations/deliveries/panel.html"
    order = 120

    def get_context_data(self, parent_context) -> dict:
        context = super().get_context_data(parent_context)
        if may(parent_context["request"].user, MANAGE_DELIVERIES):
            context["outbox"] = alarms.outbox_state(at=timezone.now())
            context["index_url"] = reverse("prevent_registrations_outboundemail_modeladmin_index")
        return context


class WebhookFilterSet(ReviewFilterSet):
    class Meta:
        model = WebhookDelivery
        fields: list[str] = []
        form = ListFilterForm


class WebhookIndexView(ReviewListView):
    """Webhook deliveries, newest first."""

    rights = (MANAGE_DELIVERIES,)
    url_prefix = "prevent_registrations_webhookdelivery_modeladmin"
    index_title = "Webhooks"
    header_icon = "link-external"
    template_name = "prevent_registrations/webhooks/list.html"
    filterset_class = WebhookFilterSet
    queryset = WebhookDelivery.objects.all()
    columns = [
        ListColumn("message", "Message"),
        ListColumn("host", "To"),
        ListColumn("state", "State"),
        ListColumn("when", "When"),
        ListColumn("attempts", "Attempts"),
    ]

    def get_rows(self, page: list[WebhookDelivery]) -> list[dict]:
        return [{"delivery": row, "host": urlsplit(row.address).hostname} for row in page]


class WebhookAdmin(ScreensAdmin):
    model = WebhookDelivery
    menu_label = WebhookIndexView.index_title
    menu_icon = WebhookIndexView.header_icon
    add_to_admin_menu = False
    right = MANAGE_DELIVERIES
    screens = (("index", "", WebhookIndexView),)
