"""What remains of a date after its registrations' personal data is erased: numbers."""

from django.db import models

# A choice made by fewer people may reveal who made it.
LEAST_CHOSEN = 5


class DateFigures(models.Model):
    """The figures of one date. Each registration is added to them when it is erased.

    They count bookings, not people, except ``guests`` (of those with a place) and ``came_guests``.
    ``by_month`` counts bookings by the month in which they were made.
    """

    COUNTS = ("booked", "guests", "came", "came_guests", "absent", "withdrew", "waited", "declined")

    occurrence = models.OneToOneField(
        "prevent_events.Occurrence",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="figures",
    )
    booked = models.PositiveIntegerField(default=0)
    guests = models.PositiveIntegerField(default=0, help_text="Of those who had a place")
    came = models.PositiveIntegerField(default=0)
    came_guests = models.PositiveIntegerField(default=0)
    absent = models.PositiveIntegerField(default=0)
    withdrew = models.PositiveIntegerField(default=0)
    waited = models.PositiveIntegerField(default=0)
    declined = models.PositiveIntegerField(default=0)
    by_month = models.JSONField(default=dict, help_text='Bookings by month, like "2026-11"')
    answers_counted = models.BooleanField(default=False)
    sensitive_counted = models.BooleanField(default=False)
    choices = models.JSONField(
        default=list,
        help_text="Choices that five people or more made: question, choice, number, sensitive",
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"figures of date {self.pk}"
