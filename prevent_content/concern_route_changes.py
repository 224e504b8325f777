"""Changes to the concern routes: confirmed by the editor, recorded, and announced."""

from dataclasses import dataclass

from django import forms
from django.db.models.signals import post_save, pre_save
from django.dispatch import Signal, receiver
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel
from wagtail.log_actions import LogFormatter, get_active_log_context, log

from .concern_routes import PreventSettings

ACTION = "prevent_content.routes_changed"
NOT_A_ROUTE = {"id", "site"}

# Sent in the transaction that saves changed concern routes: ``settings``, the ``PreventSettings``,
# and ``changes``, a list of ``RouteChange``.
concern_routes_changed = Signal()


@dataclass(frozen=True, slots=True)
class RouteChange:
    """One route, with its old and new value."""

    label: str
    before: str
    after: str

    def __str__(self) -> str:
        values = {
            "label": capfirst(self.label),
            "before": self.before or _("nothing"),
            "after": self.after or _("nothing"),
        }
        return _("%(label)s: from %(before)s to %(after)s") % values


def route_changes(before: PreventSettings, after: PreventSettings) -> list[RouteChange]:
    """Return the differences between two states of the settings."""
    fields = [field for field in PreventSettings._meta.fields if field.name not in NOT_A_ROUTE]
    return [
        RouteChange(str(field.verbose_name), was, now)
        for field in fields
        if (was := getattr(before, field.name)) != (now := getattr(after, field.name))
    ]


class ConcernRoutesForm(WagtailAdminModelForm):
    """The settings form, which asks editors to confirm changed routes."""

    confirmed = forms.BooleanField(
        label="I have checked my changes",
        required=False,
        help_text="We email moderators and safeguarding leads about the changes",
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        stored = PreventSettings.objects.filter(pk=self.instance.pk).first()
        wanted = PreventSettings(**{name: cleaned[name] for name in cleaned if name in self.routes})
        changes = route_changes(stored, wanted) if stored and not self.errors else []
        if changes and not cleaned.get("confirmed"):
            sentences = ". ".join(map(str, changes))
            self.add_error(
                "confirmed",
                _("Tick to confirm your changes. %(changes)s") % {"changes": sentences},
            )
        return cleaned

    @property
    def routes(self) -> set[str]:
        return {field.name for field in PreventSettings._meta.fields} - NOT_A_ROUTE


@receiver(pre_save, sender=PreventSettings)
def remember_routes(sender, instance: PreventSettings, raw=False, **kwargs) -> None:
    stored = PreventSettings.objects.filter(pk=instance.pk).first() if instance.pk else None
    instance.changed_routes = route_changes(stored, instance) if stored and not raw else []


@receiver(post_save, sender=PreventSettings)
def record_routes(sender, instance: PreventSettings, **kwargs) -> None:
    """Record the values in the history, and send the signal."""
    if not instance.changed_routes:
        return
    sentences = list(map(str, instance.changed_routes))
    user = get_active_log_context().user
    log(instance=instance, action=ACTION, user=user, data={"changes": sentences})
    concern_routes_changed.send(
        sender=PreventSettings, settings=instance, changes=instance.changed_routes
    )


class RoutesChangedFormatter(LogFormatter):
    label = "Change concern routes"

    def format_message(self, log_entry) -> str:
        return ". ".join(log_entry.data["changes"])


def attach_confirmation() -> None:
    """Attach the form to the settings model, which does not know it."""
    PreventSettings.base_form_class = ConcernRoutesForm
    PreventSettings.panels = [*PreventSettings.panels, FieldPanel("confirmed")]
