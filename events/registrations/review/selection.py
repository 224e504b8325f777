"""Which registrations an act on many, or an export, is about: ticked ones, or all in a filter."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import QueryDict

from .. import permissions
from ..models import Registration
from ..models.registration import RegistrationQuerySet
from .filters import RegistrationFilterForm
from .forms import ReviewForm

LARGEST_KEY = 2**63 - 1
NONE_CHOSEN = "Tick the registrations that this is about, or all in the filter"


class KeysField(forms.Field):
    """The keys of the ticked rows."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value) -> list[int]:
        keys = []
        for text in value or []:
            if not (str(text).isascii() and str(text).isdigit() and len(str(text)) < 20):
                raise ValidationError("Tick registrations of the list")
            keys.append(int(text))
        return [key for key in keys if key <= LARGEST_KEY]


class SelectionForm(ReviewForm):
    """Ticked rows, or everything that ``filter`` finds up to the row ``newest``.

    ``newest`` keeps what arrives after the preview out of what was previewed.
    """

    registration = KeysField(required=False)
    everything = forms.BooleanField(required=False)
    filter = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    newest = forms.IntegerField(
        required=False, min_value=0, max_value=LARGEST_KEY, widget=forms.HiddenInput
    )
    rights: tuple[str, ...] = ()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("everything"):
            if not RegistrationFilterForm(
                QueryDict(cleaned.get("filter")), user=self.user
            ).is_valid():
                raise ValidationError("The filter makes no sense. Go back to the list")
        elif not cleaned.get("registration") and "registration" not in self.errors:
            raise ValidationError(NONE_CHOSEN)
        return cleaned

    def chosen(self, user=None) -> RegistrationQuerySet:
        """Return what a valid form is about, as far as ``user`` may now; by default, who asked."""
        user = user or self.user
        asked = self.cleaned_data
        if not asked["everything"]:
            chosen = Registration.objects.viewable_by(user, *self.rights)
            return chosen.filter(pk__in=asked["registration"])
        filters = RegistrationFilterForm(QueryDict(asked["filter"]), user=user)
        if not permissions.may(user, *self.rights) or not filters.is_valid():
            return Registration.objects.none()
        chosen = filters.chosen()
        return chosen if asked["newest"] is None else chosen.filter(pk__lte=asked["newest"])

    def hidden(self) -> list[tuple[str, object]]:
        """Return the fields that carry the selection to the next page, up to what is there now."""
        asked = self.cleaned_data
        if not asked["everything"]:
            return [("registration", key) for key in asked["registration"]]
        newest = asked["newest"]
        if newest is None:
            newest = self.chosen().aggregate(newest=Max("pk"))["newest"] or 0
        return [("everything", "on"), ("filter", asked["filter"]), ("newest", newest)]


class ActForm(SelectionForm):
    """What to do with the selection."""

    act = forms.ChoiceField(
        label="With the ticked registrations",
        choices=[
            ("", "Choose what to do"),
            ("confirmed", "Confirm"),
            ("declined", "Decline"),
            ("attended", "Mark as attended"),
            ("did_not_attend", "Mark as did not attend"),
            ("assign", "Assign"),
        ],
        error_messages={
            "required": "Choose what to do",
            "invalid_choice": "Choose what to do from the list",
        },
    )
    rights = (permissions.DECIDE,)
