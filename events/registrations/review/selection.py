"""Which registrations a bulk action or an export is about: ticked ones, or all in a filter."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import QueryDict

from .. import permissions
from ..models import Registration
from ..models.registration import RegistrationQuerySet
from .filters import RegistrationFilterSet
from .forms import ReviewForm

LARGEST_KEY = 2**63 - 1
NONE_CHOSEN = "Tick some registrations, or all in the filter"


class KeysField(forms.Field):
    """The keys of the ticked rows."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value) -> list[int]:
        keys = []
        for text in value or []:
            if not (str(text).isascii() and str(text).isdigit() and len(str(text)) < 20):
                raise ValidationError("Tick registrations in the list")
            keys.append(int(text))
        return [key for key in keys if key <= LARGEST_KEY]


class SelectionForm(ReviewForm):
    """Ticked rows, or everything that ``filter`` finds up to the row ``newest``.

    ``newest`` leaves out what arrived after the preview.
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
            filters = RegistrationFilterSet(QueryDict(cleaned.get("filter")), user=self.user)
            if not filters.is_valid():
                raise ValidationError("The filter is not valid. Go back to the list")
        elif not cleaned.get("registration") and "registration" not in self.errors:
            raise ValidationError(NONE_CHOSEN)
        return cleaned

    def chosen(self, user=None) -> RegistrationQuerySet:
        """Return what a valid form is about, that ``user`` (by default, who asked) may see."""
        user = user or self.user
        cleaned = self.cleaned_data
        if not cleaned["everything"]:
            chosen = Registration.objects.viewable_by(user, *self.rights)
            return chosen.filter(pk__in=cleaned["registration"])
        filters = RegistrationFilterSet(QueryDict(cleaned["filter"]), user=user)
        if not permissions.may(user, *self.rights) or not filters.is_valid():
            return Registration.objects.none()
        chosen = filters.chosen()
        return chosen if cleaned["newest"] is None else chosen.filter(pk__lte=cleaned["newest"])

    def hidden(self) -> list[tuple[str, object]]:
        """Return the fields that carry the selection, up to what is there now, to the next page."""
        cleaned = self.cleaned_data
        if not cleaned["everything"]:
            return [("registration", key) for key in cleaned["registration"]]
        newest = cleaned["newest"]
        if newest is None:
            newest = self.chosen().aggregate(newest=Max("pk"))["newest"] or 0
        return [("everything", "on"), ("filter", cleaned["filter"]), ("newest", newest)]
