"""What the event editor shows beside its fields: the next dates, and the running order."""

from django.forms import Media
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin.panels import FieldPanel, Panel

from .comparison import RuleComparison


class RulePanel(FieldPanel):
    """The rule's field, which compares two versions in words."""

    def get_comparison_class(self) -> type[RuleComparison]:
        return RuleComparison


class DraftPanel(Panel):
    """A panel about the event as it is being edited.

    It shows what was last saved, or what was sent if the form comes back with errors; a script
    keeps it up with the form.
    """

    class BoundPanel(Panel.BoundPanel):
        @property
        def media(self) -> Media:
            return Media(
                css={"all": ["prevent_events/admin.css"]},
                js=["prevent/live_panels.js", "prevent_events/admin.js"],
            )

        @cached_property
        def draft(self):
            from .draft import draft_of_form, draft_of_page

            if self.form is not None and self.form.is_bound:
                try:
                    return draft_of_form(self.form.data)
                except (ValueError, OverflowError):
                    # The fields beside this panel have said what is wrong with them.
                    return draft_of_page(self.instance)
            return draft_of_page(self.instance)

        @property
        def forecast_url(self) -> str:
            if self.instance.pk:
                return reverse("prevent_event_dates:event_forecast", args=[self.instance.pk])
            return reverse("prevent_event_dates:forecast")


class ForecastPanel(DraftPanel):
    """The next dates, and what publishing does; with the box that allows cancellations."""

    def get_form_options(self) -> dict:
        return {"fields": ["cancel_dates"]}

    class BoundPanel(DraftPanel.BoundPanel):
        template_name = "prevent_events/admin/forecast_panel.html"

        def get_context_data(self, parent_context=None) -> dict:
            from .forecast import forecast_for
            from .permissions import may_change_dates

            context = super().get_context_data(parent_context)
            forecast = forecast_for(self.draft, self.instance, at=timezone.now())
            is_bound = self.form is not None and self.form.is_bound
            consent = self.form.data.get("cancel_dates", "") if is_bound else ""
            context |= {
                "forecast": forecast,
                "forecast_url": self.forecast_url,
                "is_allowed": bool(forecast.cancels) and forecast.is_allowed_by(consent),
                "errors": self.form.errors.get("cancel_dates", ()) if is_bound else (),
            }
            user = self.request.user if self.request else None
            if user and self.instance.pk and may_change_dates(user, self.instance):
                context["dates_url"] = reverse("prevent_event_dates:event", args=[self.instance.pk])
            return context


class RunningOrderPanel(DraftPanel):
    """How the running order fills the event, and what is wrong with it."""

    class BoundPanel(DraftPanel.BoundPanel):
        template_name = "prevent_events/admin/running_order_panel.html"

        def get_context_data(self, parent_context=None) -> dict:
            from .forecast import review_of

            context = super().get_context_data(parent_context)
            return context | {
                "review": review_of(self.draft),
                "has_entries": bool(self.draft.entries),
            }
