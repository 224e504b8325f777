"""Whom to tell about a concern: settings of a site, which pages, emails and the API show."""

from django.db import models
from django.utils.translation import gettext as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting


@register_setting(icon="warning")
class PreventSettings(BaseSiteSetting):
    """Whom to tell about a concern: one truth for every page, confirmation and e-mail."""

    emergency_phone = models.CharField("emergency", max_length=40, default="999")
    police_phone = models.CharField("police, not an emergency", max_length=40, default="101")
    hotline_phone = models.CharField(
        "Anti-Terrorist Hotline", max_length=40, default="0800 789 321"
    )
    act_early_phone = models.CharField(
        "Act Early support line", max_length=40, default="0800 011 3764"
    )
    act_early_url = models.URLField("Act Early website", default="https://actearly.uk/", blank=True)
    emergency_relay = models.CharField(
        "emergency, by text relay", max_length=40, default="18000", blank=True
    )
    emergency_text = models.CharField(
        "emergency, by text message", max_length=40, default="999", blank=True
    )
    bsl_url = models.URLField(
        "999 BSL",
        default="https://999bsl.co.uk/",
        blank=True,
        help_text="Emergency video calls in British Sign Language",
    )
    police_relay = models.CharField(
        "police, by text relay", max_length=40, default="18001 101", blank=True
    )
    report_online_url = models.URLField(
        "where to report online material",
        default="https://www.gov.uk/report-terrorism",
        blank=True,
    )
    exit_url = models.URLField(
        "where “Exit this page” leads", default="https://www.bbc.co.uk/weather"
    )
    team_name = models.CharField("local Prevent team", max_length=120, blank=True)
    team_email = models.EmailField("local team's email address", blank=True)
    team_phone = models.CharField("local team's phone number", max_length=40, blank=True)
    team_hours = models.CharField("local team's opening hours", max_length=120, blank=True)

    panels = [
        MultiFieldPanel(
            [
                FieldPanel("emergency_phone"),
                FieldPanel("police_phone"),
                FieldPanel("hotline_phone"),
                FieldPanel("act_early_phone"),
                FieldPanel("act_early_url"),
                FieldPanel("report_online_url"),
            ],
            heading="National routes",
        ),
        MultiFieldPanel(
            [
                FieldPanel("emergency_relay"),
                FieldPanel("emergency_text"),
                FieldPanel("bsl_url"),
                FieldPanel("police_relay"),
            ],
            heading="For people who cannot speak on the phone",
        ),
        MultiFieldPanel(
            [
                FieldPanel("team_name"),
                FieldPanel("team_email"),
                FieldPanel("team_phone"),
                FieldPanel("team_hours"),
            ],
            heading="The council's own team",
        ),
        FieldPanel("exit_url"),
    ]

    class Meta:
        verbose_name = "Prevent settings"

    def public_object(self) -> dict:
        """Return whom to tell about a concern, most urgent first, as the public reads it."""
        return {
            "emergency": {
                "label": _("Emergency: someone is in danger now"),
                "phone": self.emergency_phone,
                "text_relay": self.emergency_relay,
                "text_message": self.emergency_text,
                "bsl_url": self.bsl_url,
            },
            "police": {
                "label": _("Police, when it is not an emergency"),
                "phone": self.police_phone,
                "text_relay": self.police_relay,
            },
            "anti_terrorist_hotline": {
                "label": _("Anti-Terrorist Hotline"),
                "phone": self.hotline_phone,
            },
            "act_early": {
                "label": _("Act Early support line"),
                "phone": self.act_early_phone,
                "url": self.act_early_url,
            },
            "online": {"label": _("Report online material"), "url": self.report_online_url},
            "local_team": {
                "label": self.team_name,
                "name": self.team_name,
                "email": self.team_email,
                "phone": self.team_phone,
                "hours": self.team_hours,
            },
        }
