"""People who leave: who takes over a closed account's registrations."""

from collections.abc import Iterable

from django import forms
from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from wagtail.admin import messages
from wagtail.admin.utils import get_user_display_name

from .. import permissions
from ..models import AccessRecord, Registration
from ..retention import number_of
from .base import ReviewView
from .forms import PersonChoiceField, ReviewForm

NOBODY = "nobody"


def assigned_to(users):
    """Return the registrations assigned to ``users`` that have not been erased."""
    return Registration.objects.not_erased().filter(assigned_to__in=users)


def hand_over_url(user, *, then: str = "") -> str:
    address = reverse("prevent_hand_over", args=[user.pk])
    return f"{address}?then={then}" if then else address


@transaction.atomic
def hand_over(leaver, to, *, by) -> tuple[int, int]:
    """Assign the registrations of ``leaver`` to ``to``; return how many, and how many to nobody.

    Those ``to`` may not see, and all of them if ``to`` is None, are assigned to nobody, so that the
    list shows them as unassigned.
    """
    whole = assigned_to([leaver])
    keys = set(whole.values_list("pk", flat=True))
    seen = Registration.objects.viewable_by(to) if to else Registration.objects.none()
    moving = set(seen.filter(pk__in=keys).values_list("pk", flat=True))
    Registration.objects.filter(pk__in=moving).update(assigned_to=to)
    Registration.objects.filter(pk__in=keys - moving).update(assigned_to=None)
    if keys:
        AccessRecord.record(by, AccessRecord.Action.ASSIGNED, count=len(keys), seen=sorted(keys))
    return len(moving), len(keys - moving)


class HandOverForm(ReviewForm):
    """Someone else, or nobody. One of the two must be chosen."""

    to = PersonChoiceField(
        None,
        label="Assign them to",
        required=False,
        empty_label="Choose a person",
        error_messages={"invalid_choice": "Choose someone who may see registrations"},
    )
    nobody = forms.BooleanField(label="Assign them to nobody", required=False)

    def __init__(self, *args, leaver, **kwargs):
        super().__init__(*args, **kwargs)
        people = permissions.with_right(permissions.VIEW).exclude(pk=leaver.pk)
        self.fields["to"].queryset = people.order_by("username")

    def clean(self) -> dict:
        cleaned = super().clean()
        if bool(cleaned.get("to")) == bool(cleaned.get("nobody")) and "to" not in self.errors:
            self.add_error("to", "Choose a person, or tick that they go to nobody")
        return cleaned


class HandOverView(ReviewView):
    """Ask who takes over one account's registrations. It shows only how many there are."""

    rights = ("auth.change_user",)
    template_name = "prevent_registrations/review/hand_over.html"
    index_title = "Hand over registrations"
    page_title = index_title
    header_icon = "user"

    def get_breadcrumbs_items(self) -> list[dict]:
        users = {"url": reverse("wagtailusers_users:index"), "label": "Users"}
        return [*self.breadcrumbs_items, users, {"url": "", "label": self.index_title}]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        leaver = get_object_or_404(get_user_model(), pk=pk)
        return self.show(leaver, HandOverForm(leaver=leaver))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        leaver = get_object_or_404(get_user_model(), pk=pk)
        form = HandOverForm(request.POST, leaver=leaver)
        if not form.is_valid():
            return self.show(leaver, form, status=422)
        moved, left = hand_over(leaver, form.cleaned_data["to"], by=request.user)
        done = [f"{number_of(moved, 'registration')} handed over."] if moved else []
        if left:
            is_are = "is" if left == 1 else "are"
            done.append(f"{number_of(left, 'registration')} {is_are} assigned to nobody.")
        messages.success(request, " ".join(done) or "There were no registrations to hand over.")
        return redirect(self.then() or reverse("wagtailusers_users:index"))

    def then(self) -> str:
        """Return the address the person came from, if it is on this site."""
        address = self.request.GET.get("then", "")
        is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
        return address if is_ours else ""

    def show(self, leaver, form: HandOverForm, *, status: int = 200) -> HttpResponse:
        context = self.get_context_data(
            form=form,
            leaver_name=get_user_display_name(leaver),
            number=assigned_to([leaver]).count(),
        )
        return self.render_to_response(context, status=status)


def ask_before_deleting(request: HttpRequest, user) -> HttpResponse | None:
    """Redirect to the question while an account to be deleted has registrations."""
    if not assigned_to([user]).exists():
        return None
    return redirect(hand_over_url(user, then=request.path))


def ask_after_closing(request: HttpRequest, user) -> HttpResponse | None:
    """Redirect to the question once an account with registrations was closed."""
    if user.is_active or not assigned_to([user]).exists():
        return None
    return redirect(hand_over_url(user))


def ask_before_bulk_action(
    request: HttpRequest, action_type: str, objects: Iterable, action
) -> HttpResponse | None:
    """Redirect to the question, account by account, before a bulk deletion or closure."""
    if get_user_model() not in action.models or action_type not in ("delete", "set_active_state"):
        return None
    if action_type == "set_active_state" and request.POST.get("mark_as_active") == "True":
        return None
    leavers = get_user_model().objects.filter(pk__in=[user.pk for user in objects])
    for leaver in leavers.order_by("username"):
        if assigned_to([leaver]).exists():
            messages.warning(
                request, "Nothing was changed. First choose who to assign the registrations to."
            )
            return redirect(hand_over_url(leaver))
    return None
