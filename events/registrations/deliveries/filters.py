"""What the list of deliveries can be asked. It cannot be searched: it would find people."""

from django import forms

from ..mail.alarm import LATE_AFTER
from ..models import OutboundEmail

UNSENT, LATE = "unsent", "late"


class DeliveryFilterForm(forms.Form):
    """The filters above the list; valid when every parameter makes sense."""

    state = forms.ChoiceField(
        choices=[
            ("", "All"),
            (UNSENT, "Not sent yet"),
            (LATE, "More than 15 minutes late"),
            *OutboundEmail.State.choices,
        ],
        required=False,
        error_messages={"invalid_choice": "Choose one of the states in the list"},
    )
    kind = forms.ChoiceField(
        choices=[("", "All kinds"), *OutboundEmail.Kind.choices],
        required=False,
        error_messages={"invalid_choice": "Choose one of the kinds in the list"},
    )
    p = forms.IntegerField(
        min_value=1,
        required=False,
        widget=forms.HiddenInput,
        error_messages={
            "invalid": "Enter the number of a page, such as 1",
            "min_value": "Enter the number of a page, such as 1",
        },
    )

    @property
    def page(self) -> int:
        return self.cleaned_data.get("p") or 1

    @property
    def is_filtering(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("state", "kind"))

    def found(self, *, at):
        """Return what a valid form asks for, the newest first."""
        found = OutboundEmail.objects.select_related("registration").only(
            "kind",
            "about",
            "recipient",
            "state",
            "attempts",
            "created_at",
            "wanted_at",
            "due_at",
            "sent_at",
            "last_error",
            "in_digest",
            "registration__reference",
        )
        state, kind = self.cleaned_data["state"], self.cleaned_data["kind"]
        if state == UNSENT:
            found = found.unsent()
        elif state == LATE:
            found = found.late(at=at, after=LATE_AFTER)
        elif state:
            found = found.filter(state=state)
        return found.filter(kind=kind) if kind else found
