"""Asking before a publication that cancels dates which people are registered for."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from prevent_content.forms import PublishRulesForm

DATE_FIELDS = {"date", "starts", "ends", "recurrence"}


class CancellationConsentForm(PublishRulesForm):
    """An event editor's form that publishes no cancellation which nobody has agreed to.

    ``cancel_dates`` holds the dates that were shown beside the box when it was ticked, so that a
    tick does not cover a date that was not shown. Only this form asks: a schedule, a script and
    an approval elsewhere in the CMS have nobody to ask.
    """

    cancel_dates = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict:
        cleaned = super().clean()
        if self.is_publishing and not DATE_FIELDS & self.errors.keys():
            self._ask_before_cancelling(cleaned)
        return cleaned

    def _ask_before_cancelling(self, cleaned: dict) -> None:
        from .draft import EventDraft
        from .forecast import forecast_for

        if not cleaned.keys() >= DATE_FIELDS:
            return
        draft = EventDraft(
            cleaned["date"], cleaned["starts"], cleaned["ends"], cleaned["recurrence"], ()
        )
        forecast = forecast_for(draft, self.instance, at=timezone.now())
        if not forecast.is_allowed_by(cleaned.get("cancel_dates", "")):
            self.add_error(
                "cancel_dates",
                _("Tick “Cancel these dates and tell the people”, or change the dates: %(losses)s")
                % {"losses": " ".join(forecast.losses)},
            )
