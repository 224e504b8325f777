"""Where to report a concern: a site's settings, shown on pages, in emails and in the API."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

EMERGENCY = {"999", "112"}
NUMBER = re.compile(r"\+?[0-9][0-9 ()]{1,30}")
# Numbers that cost extra, divert to a personal phone, or are for directories (Ofcom’s plan).
PREMIUM = ("09", "087", "070", "118")
validate_https = URLValidator(["https"], message="Enter an address that begins with https://")


def digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def validate_number(text: str) -> None:
    """Raise ``ValidationError`` unless ``text`` is a number at the standard rate."""
    if not NUMBER.fullmatch(text.strip()):
        raise ValidationError("Enter a telephone number, like 0800 789 321", code="invalid")
    called = digits(text)
    national = f"0{called[2:]}" if called.startswith("44") and "+" in text else called
    if national.startswith(PREMIUM):
        raise ValidationError("Enter a number that does not cost extra to call", code="premium")


def validate_emergency(text: str) -> None:
    """Raise ``ValidationError`` unless ``text`` is the number of the emergency services."""
    if digits(text) not in EMERGENCY or NUMBER.fullmatch(text.strip()) is None:
        raise ValidationError("The emergency number is 999 (or 112)", code="emergency")


@register_setting(icon="warning")
class PreventSettings(BaseSiteSetting):
    """Where to report a concern: one source for every page, confirmation and email."""

    emergency_phone = models.CharField(
        "emergency", max_length=40, default="999", validators=[validate_emergency]
    )
    police_phone = models.CharField(
        "police, not an emergency", max_length=40, default="101", validators=[validate_number]
    )
    hotline_phone = models.CharField(
        "Anti-Terrorist Hotline",
        max_length=40,
        default="0800 789 321",
        validators=[validate_number],
    )
    act_early_phone = models.CharField(
        "Act Early support line",
        max_length=40,
        default="0800 011 3764",
        validators=[validate_number],
    )
    act_early_url = models.URLField(
        "Act Early website",
        default="https://actearly.uk/",
        blank=True,
        validators=[validate_https],
    )
    emergency_relay = models.CharField(
        "emergency, by text relay",
        max_length=40,
        default="18000",
        blank=True,
        validators=[validate_number],
    )
    emergency_text = models.CharField(
        "emergency, by text message",
        max_length=40,
        default="999",
        blank=True,
        validators=[validate_emergency],
    )
    bsl_url = models.URLField(
        "999 BSL",
        default="https://999bsl.co.uk/",
        blank=True,
        validators=[validate_https],
        help_text="Emergency video calls in British Sign Language",
    )
    police_relay = models.CharField(
        "police, by text relay",
        max_length=40,
        default="18001 101",
        blank=True,
        validators=[validate_number],
    )
    report_online_url = models.URLField(
        "where to report online material",
        default="https://www.gov.uk/report-terrorism",
        blank=True,
        validators=[validate_https],
    )
    exit_url = models.URLField(
        "where “Exit this page” leads", default="https://www.bbc.co.uk/weather"
    )
    team_name = models.CharField("local Prevent team", max_length=120, blank=True)
    team_email = models.EmailField("local team's email address", blank=True)
    team_phone = models.CharField(
        "local team's phone number", max_length=40, blank=True, validators=[validate_number]
    )
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
        """Return the public routes for reporting a concern, most urgent first."""
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
