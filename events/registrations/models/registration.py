"""A person's registration for one date, and its history."""

import secrets
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import permissions
from ..encryption import EncryptedJSONField
from ..references import random_reference
from .data_protection import ErasureHold
from .review import ReviewMixin

LINK_SALT = "prevent_registrations.link"


def new_reference() -> str:
    return random_reference("PR")


def new_link_key() -> str:
    return secrets.token_urlsafe(16)


class RegistrationStatus(models.TextChoices):
    HELD = "held", _("Held, email not confirmed")
    UNCONFIRMED = "unconfirmed", _("Email not confirmed")
    RECEIVED = "received", _("Received")
    CONFIRMED = "confirmed", _("Confirmed")
    WAITING = "waiting", _("On the waiting list")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    ATTENDED = "attended", _("Attended")
    ABSENT = "did_not_attend", _("Did not attend")


class Channel(models.TextChoices):
    """How a registration came. All but the first were added by staff."""

    ONLINE = "online", "Online"
    PHONE = "phone", "By phone"
    WRITING = "writing", "In writing"
    DOOR = "door", "At the door"


class PrivacyNotice(models.TextChoices):
    """How the person learned what happens to their details."""

    ON_FORM = "form", "Shown on the booking form"
    READ_OUT = "read_out", "Read out"
    ON_PAPER = "paper", "Given on paper"


# What staff at the door read about everyone, flagged or not.
DOOR_FIELDS = ("name", "guests", "came", "status", "reference")
# With an unconfirmed email address: with a place held for an hour, or without one.
TO_CONFIRM = (RegistrationStatus.HELD, RegistrationStatus.UNCONFIRMED)
# With a place; counted as taking one; and still changeable by the person.
COMING = (RegistrationStatus.CONFIRMED, RegistrationStatus.ATTENDED, RegistrationStatus.ABSENT)
HOLDING = (RegistrationStatus.HELD, *COMING)
ACTIVE = (RegistrationStatus.RECEIVED, RegistrationStatus.CONFIRMED, RegistrationStatus.WAITING)


class RegistrationQuerySet(models.QuerySet):
    def not_erased(self) -> "RegistrationQuerySet":
        """Registrations that have not been erased."""
        return self.filter(erased_at=None)

    def at_door_for(self, user, *rights: str) -> "RegistrationQuerySet":
        """Registrations the door list shows ``user``: ``viewable_by``, plus flagged ones.

        Leaving a person out at the door would give them away. For those not in ``viewable_by``,
        show only ``DOOR_FIELDS``: neither answers nor the flag.
        """
        if not permissions.may(user, permissions.VIEW, *rights):
            return self.none()
        events = permissions.events_of(user)
        return (
            self.not_erased()
            if events is None
            else self.not_erased().filter(occurrence__event__in=events)
        )

    def viewable_by(self, user, *rights: str) -> "RegistrationQuerySet":
        """Registrations ``user`` may see with all ``rights``, superusers included.

        Never erased ones; those flagged with a concern only with the right to see flags.
        """
        found = self.at_door_for(user, *rights)
        if not permissions.may(user, permissions.CONCERNS):
            found = found.filter(concern_since=None)
        return found

    def holdable_by(self, user) -> "RegistrationQuerySet":
        """Registrations ``user`` may hold back from erasure.

        These are the ones they may see anyway, or all if they answer requests.
        """
        if not permissions.may(user, permissions.HOLD):
            return self.none()
        if permissions.may(user, permissions.SUBJECT_ACCESS):
            return self.not_erased()
        return self.viewable_by(user)

    def of_address(self, email: str, *, at: datetime) -> "RegistrationQuerySet":
        """Registrations that the address's owner may still see at ``at``, next date first."""
        rows = self.not_erased().with_address(email).filter(erase_at__gt=at)
        return rows.order_by("occurrence__starts_at", "pk")

    def with_address(self, email: str) -> "RegistrationQuerySet":
        """Registrations of an email address, ignoring case."""
        # Matches the index. An erased registration has no address.
        found = self.alias(address=Lower("email")).filter(address=Lower(models.Value(email)))
        return found.exclude(email="")

    def active_with_address(self, email: str, occurrence) -> "RegistrationQuerySet":
        """Active registrations of an email address for one date, oldest first."""
        open_ones = (*ACTIVE, *TO_CONFIRM)
        found = self.with_address(email).filter(occurrence=occurrence, status__in=open_ones)
        return found.order_by("received_at", "pk")

    def queue(self) -> "RegistrationQuerySet":
        """The waiting list, first in line first."""
        return self.filter(status=RegistrationStatus.WAITING).order_by("waiting_since", "id")

    def run_out(self, *, at: datetime) -> "RegistrationQuerySet":
        """Registrations whose place was held until ``at`` or earlier, in order of arrival."""
        held = self.filter(status=RegistrationStatus.HELD, held_until__lte=at)
        return held.order_by("received_at", "pk")

    def held(self, *, at: datetime) -> "RegistrationQuerySet":
        """Registrations that a hold keeps from erasure at ``at``."""
        in_force = ErasureHold.objects.in_force(at=at).filter(registration=models.OuterRef("pk"))
        return self.not_erased().filter(models.Exists(in_force))

    def overdue_for_erasure(self, *, at: datetime) -> "RegistrationQuerySet":
        """Registrations due for erasure at ``at``, held or not."""
        return self.not_erased().filter(erase_at__lte=at)

    def due_for_erasure(self, *, at: datetime) -> "RegistrationQuerySet":
        """Registrations to erase at ``at``: due, and not held."""
        in_force = ErasureHold.objects.in_force(at=at).filter(registration=models.OuterRef("pk"))
        return self.overdue_for_erasure(at=at).filter(~models.Exists(in_force))

    def due_for_sensitive_erasure(self, *, at: datetime) -> "RegistrationQuerySet":
        """Registrations of which only the sensitive answers are to be erased at ``at``."""
        in_force = ErasureHold.objects.in_force(at=at).filter(registration=models.OuterRef("pk"))
        return self.not_erased().filter(
            ~models.Exists(in_force),
            erase_at__gt=at,
            erase_sensitive_at__lte=at,
            sensitive_erased_at=None,
        )


class Registration(ReviewMixin, models.Model):
    """One person, with their guests, for one date.

    ``answers`` and ``sensitive_answers`` are lists of ``{"name", "label", "value"}`` in the form's
    order, so that a later change to the form does not change what was asked.
    """

    Status = RegistrationStatus
    Channel = Channel
    PrivacyNotice = PrivacyNotice

    reference = models.CharField(max_length=16, unique=True, default=new_reference, editable=False)
    link_key = models.CharField(max_length=32, default=new_link_key, editable=False)
    page = models.ForeignKey(
        "prevent_registrations.RegistrationPage",
        null=True,
        on_delete=models.SET_NULL,
        related_name="registrations",
    )
    occurrence = models.ForeignKey(
        "prevent_events.Occurrence", on_delete=models.PROTECT, related_name="registrations"
    )
    status = models.CharField(
        max_length=14, choices=Status.choices, default=Status.RECEIVED, db_index=True
    )
    name = models.CharField(max_length=120, blank=True)
    name_key = models.CharField(
        max_length=480,
        blank=True,
        editable=False,
        help_text="The name as it is searched and compared: see prevent_content.cleaning",
    )
    email = models.EmailField(
        blank=True, help_text="Empty for a person without email, and once it is erased"
    )
    channel = models.CharField(max_length=7, choices=Channel.choices, default=Channel.ONLINE)
    privacy_notice = models.CharField(
        max_length=8, choices=PrivacyNotice.choices, default=PrivacyNotice.ON_FORM
    )
    guests = models.PositiveSmallIntegerField(default=0, help_text="Beside the person")
    came = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many of the party attended. Empty: all of them"
    )
    waiting_since = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when its place was held for the link to be used"
    )
    discreet = models.BooleanField(
        default=False, help_text="Emails name no event and carry no calendar file"
    )
    answers = models.JSONField(default=list, blank=True)
    sensitive_answers = EncryptedJSONField(default=list, blank=True)
    consent_text = models.TextField(
        blank=True,
        help_text="What the person agreed to for the sensitive answers. Empty: gave none",
    )
    received_at = models.DateTimeField(default=timezone.now, db_index=True)
    erase_at = models.DateTimeField(help_text="Fixed when it was made, and told to the person")
    erase_sensitive_at = models.DateTimeField(
        null=True, blank=True, help_text="The same for the sensitive answers. Empty: with the rest"
    )
    erased_at = models.DateTimeField(null=True, blank=True)
    sensitive_erased_at = models.DateTimeField(null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["occurrence", "status", "waiting_since"], name="registration_queue"
            ),
            models.Index(
                fields=["held_until"],
                condition=models.Q(status=RegistrationStatus.HELD),
                name="registration_held",
            ),
            models.Index(Lower("email"), "occurrence", name="registration_address"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status=RegistrationStatus.HELD)
                | models.Q(held_until__isnull=False),
                name="a_place_is_held_until",
                violation_error_message="A place is held until a time.",
            )
        ]
        permissions = [
            ("view_registration", "Can see registrations"),
            ("view_sensitive_answers", "Can see sensitive answers"),
            ("decide_registration", "Can decide on registrations"),
            ("message_registrants", "Can email everyone on a date"),
            ("export_registration", "Can export registrations"),
            ("handle_concerns", "Can see and clear registrations flagged with a concern"),
            ("registrations_of_every_event", "Can use these rights for every event"),
            ("erase_registration", "Can erase registrations on request"),
            ("subject_access", "Can answer requests for someone's data"),
        ]

    def __str__(self) -> str:
        return self.reference

    def possible_duplicates(self) -> "RegistrationQuerySet":
        """Return other active registrations with the same name, address and date.

        One without an address may be the same person as any other with that name.
        """
        if not (self.name_key and self.status in ACTIVE):
            return type(self).objects.none()
        others = (
            type(self)
            .objects.not_erased()
            .filter(occurrence=self.occurrence_id, status__in=ACTIVE, name_key=self.name_key)
        )
        if self.email:
            others = others.filter(models.Q(email="") | models.Q(email__iexact=self.email))
        return others.exclude(pk=self.pk).order_by("received_at", "pk")

    @property
    def party(self) -> int:
        """Return how many places it needs: the person and the guests."""
        return 1 + self.guests

    @property
    def people_here(self) -> int:
        """Return how many of the party came, if marked as attended."""
        if self.status != RegistrationStatus.ATTENDED:
            return 0
        return self.party if self.came is None else min(self.came, self.party)

    @property
    def holds_places(self) -> bool:
        return self.status in HOLDING

    @property
    def is_to_confirm(self) -> bool:
        """Whether the email address is still to be confirmed."""
        return self.status in TO_CONFIRM

    def is_held(self, *, at: datetime) -> bool:
        """Whether a place is held at ``at`` until the email address is confirmed."""
        return self.status == RegistrationStatus.HELD and self.held_until > at

    @property
    def is_added_by_staff(self) -> bool:
        return self.channel != Channel.ONLINE

    @property
    def place_in_queue(self) -> int | None:
        """Return the position on the waiting list, counted from 1; None if not on it."""
        if self.status != RegistrationStatus.WAITING:
            return None
        ahead = type(self).objects.queue().filter(occurrence=self.occurrence_id)
        before = models.Q(waiting_since__lt=self.waiting_since)
        before |= models.Q(waiting_since=self.waiting_since, pk__lt=self.pk)
        return ahead.filter(before).count() + 1

    @property
    def can_be_changed(self) -> bool:
        """Whether its status and data can still change."""
        return self.erased_at is None and self.status in ACTIVE

    def link_token(self) -> str:
        """Return the signed token of the person's own page, which reveals nothing by itself."""
        return signing.dumps([self.pk, self.link_key], salt=LINK_SALT)

    @classmethod
    def from_link_token(cls, token: str, *, at: datetime | None = None) -> "Registration":
        """Return the registration that ``token`` belongs to, until its data is to be deleted.

        Raises ``Registration.DoesNotExist`` if it is forged, outdated or erased, and from the
        promised moment of deletion, whether or not the job has run.
        """
        try:
            pk, key = signing.loads(token, salt=LINK_SALT)
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise cls.DoesNotExist from error
        return (
            cls.objects.not_erased()
            .select_related("page", "occurrence__event__venue", "occurrence__venue")
            .get(pk=pk, link_key=key, erase_at__gt=at or timezone.now())
        )


class Receipt(models.Model):
    """What the sender of a form was told: one receipt for each form.

    A second form for a registered address gets its own receipt with its own reference, so that its
    sender learns nothing about the first.
    """

    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="receipts"
    )
    reference = models.CharField(max_length=16, unique=True, default=new_reference)
    submission_key = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(
        max_length=64, help_text="A keyed hash of what the form said, to know it again by"
    )
    status = models.CharField(
        max_length=14, choices=Registration.Status.choices, help_text="What the sender was told"
    )
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.reference


class RegistrationChange(models.Model):
    """One line of a registration's history. The person never sees its note."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    status = models.CharField(max_length=14, choices=Registration.Status.choices)
    previous_status = models.CharField(
        max_length=14, choices=Registration.Status.choices, blank=True
    )
    note = models.TextField(blank=True)
    batch = models.UUIDField(
        null=True, blank=True, db_index=True, help_text="The bulk action that it was a part of"
    )

    class Meta:
        ordering = ["at", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_status_display()}, {self.at:%Y-%m-%d %H:%M}"
