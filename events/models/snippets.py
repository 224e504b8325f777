"""Places and people: what events share, edited once."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from wagtail.search import index

from ..inboxes import validate_domain

# The pattern of the UK government's BS 7666 schema, by area, without special cases where no event
# is held.
POSTCODE = re.compile(
    r"^(GIR ?0AA|[A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]([0-9]|[ABEHMNPRV-Y])?|[0-9][A-HJKPS-UW])"
    r" ?[0-9][ABD-HJLNP-UW-Z]{2})$",
    re.IGNORECASE,
)
validate_postcode = RegexValidator(
    POSTCODE, "Enter a full UK postcode, like HP19 8FF", code="postcode"
)


class Provision(models.TextChoices):
    YES = "yes", gettext_lazy("Yes")
    NO = "no", gettext_lazy("No")
    ASK = "ask", gettext_lazy("Ask the organiser")


ACCESSIBILITY = {
    "step_free": gettext_noop("Step-free access"),
    "accessible_toilet": gettext_noop("Accessible toilet"),
    "hearing_loop": gettext_noop("Hearing loop"),
    "accessible_parking": gettext_noop("Accessible parking"),
    "quiet_space": gettext_noop("Quiet space"),
}


def provision_field(name: str) -> models.CharField:
    return models.CharField(
        ACCESSIBILITY[name].lower(),
        max_length=3,
        choices=Provision.choices,
        default=Provision.ASK,
    )


class Venue(index.Indexed, models.Model):
    """Where an event is held, and whether people can get in, hear and rest there."""

    name = models.CharField(max_length=120)
    address = models.TextField(help_text="One line each, without the postcode")
    postcode = models.CharField(max_length=8, validators=[validate_postcode])
    map_url = models.URLField("map link", blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    getting_there = models.TextField(blank=True, help_text="On foot and by bus, train and car")
    step_free = provision_field("step_free")
    accessible_toilet = provision_field("accessible_toilet")
    hearing_loop = provision_field("hearing_loop")
    accessible_parking = provision_field("accessible_parking")
    quiet_space = provision_field("quiet_space")
    accessibility_notes = models.TextField(blank=True)
    note = models.CharField(
        max_length=250, blank=True, help_text="Shown with the address, for example a warning"
    )

    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        compact = self.postcode.replace(" ", "").upper()
        if POSTCODE.match(compact):
            self.postcode = f"{compact[:-3]} {compact[-3:]}"

    @property
    def address_lines(self) -> list[str]:
        """Return the lines of the postal address, the postcode last."""
        lines = [line.strip(" ,") for line in self.address.splitlines()]
        return [*filter(None, lines), self.postcode]

    @property
    def accessibility(self) -> list[tuple[str, str]]:
        """Return (facility, yes, no or unknown) for each, in words."""
        return [
            (gettext(label), Provision(getattr(self, name)).label)
            for name, label in ACCESSIBILITY.items()
        ]

    @property
    def search_texts(self) -> list[str]:
        """Return texts for finding events held here: the place, how to get there, and access."""
        provided = [
            gettext(label) for name, label in ACCESSIBILITY.items() if getattr(self, name) == "yes"
        ]
        texts = [self.name, ", ".join(self.address_lines), self.getting_there]
        return [*texts, *provided, self.accessibility_notes]

    def public_object(self) -> dict:
        """Return the venue's public details."""
        geo = self.geo
        return {
            "name": self.name,
            "address": self.address_lines[:-1],
            "postcode": self.postcode,
            "map_url": self.map_url,
            "latitude": geo[0] if geo else None,
            "longitude": geo[1] if geo else None,
            "getting_there": self.getting_there,
            "accessibility": [
                {"name": name, "label": label, "provision": getattr(self, name)}
                for name, label in ACCESSIBILITY.items()
            ],
            "accessibility_notes": self.accessibility_notes,
            "note": self.note,
        }

    @property
    def geo(self) -> tuple[float, float] | None:
        """Return (latitude, longitude) in degrees, WGS 84, if both are known."""
        if self.latitude is None or self.longitude is None:
            return None
        return float(self.latitude), float(self.longitude)


class Speaker(index.Indexed, models.Model):
    """Someone who speaks at events in a public role."""

    name = models.CharField(max_length=120)
    role = models.CharField(max_length=160, blank=True)
    organisation = models.CharField(max_length=160, blank=True)

    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def description(self) -> str:
        """Return role and organisation in one line; either may be missing."""
        return ", ".join(filter(None, [self.role, self.organisation]))

    def public_object(self) -> dict:
        return {"name": self.name, "role": self.role, "organisation": self.organisation}


class Organiser(index.Indexed, models.Model):
    """The team that runs events. Its inbox receives registrations and is never published."""

    team = models.CharField(max_length=120)
    inbox = models.EmailField(help_text="We send registrations here. Not shown to the public")
    phone = models.CharField(max_length=40, blank=True, help_text="Shown to the public")

    search_fields = [index.SearchField("team"), index.AutocompleteField("team")]

    class Meta:
        ordering = ["team"]

    def __str__(self) -> str:
        return self.team

    def public_object(self) -> dict:
        """Return the team's public details, without the inbox for registrations."""
        return {"team": self.team, "phone": self.phone}

    def clean(self) -> None:
        super().clean()
        try:
            validate_domain(self.inbox)
        except ValidationError as error:
            raise ValidationError({"inbox": error.messages}) from error
