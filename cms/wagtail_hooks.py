"""What the site as a whole adds to Wagtail."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from wagtail import hooks
from wagtail.admin.ui.components import Component

from events.registrations.health import BACKUP_OVERDUE_AFTER
from events.registrations.models import Heartbeat


@hooks.register("register_account_menu_item")
def second_factors(request: HttpRequest) -> dict[str, str]:
    return {
        "url": reverse("mfa_index"),
        "label": "Second factors",
        "help_text": "Your authenticator app, passkeys and recovery codes.",
    }


class BackupPanel(Component):
    """Shows administrators when the last good backup was written."""

    name = "backup"
    template_name = "cms/backup_panel.html"
    order = 130

    def get_context_data(self, parent_context) -> dict:
        context = super().get_context_data(parent_context)
        beat = Heartbeat.objects.filter(name=Heartbeat.BACKUP).first()
        overdue = beat is None or timezone.now() - beat.at > BACKUP_OVERDUE_AFTER
        return {**context, "last": beat and beat.at, "is_overdue": overdue}


@hooks.register("construct_homepage_panels")
def show_backup(request: HttpRequest, panels: list) -> None:
    if request.user.is_superuser:
        panels.append(BackupPanel())
