"""The dashboard's panel on email that does not arrive. It is not there while all is well."""

from django.urls import reverse
from django.utils import timezone
from wagtail.admin.ui.components import Component

from .. import permissions
from ..mail import notices


class DeliveryPanel(Component):
    """How much email is late or undeliverable, for those who may manage deliveries."""

    name = "deliveries"
    template_name = "prevent_registrations/deliveries/panel.html"
    order = 120

    def get_context_data(self, parent_context) -> dict:
        context = super().get_context_data(parent_context)
        if permissions.may(parent_context["request"].user, permissions.MANAGE_DELIVERIES):
            context["outbox"] = notices.outbox_state(at=timezone.now())
            context["index_url"] = reverse("prevent_registrations_outboundemail_modeladmin_index")
        return context
