"""The screens of the review desk.

They stand on modeladmin's base view and not on its list and inspect views: the first takes any
lookup from the address, the second looks a registration up before it asks for a right.
"""

from django.core.paginator import EmptyPage
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from wagtail.admin import messages
from wagtail.admin.paginator import WagtailPaginator
from wagtail_modeladmin.views import WMABaseView

from .. import acts
from ..models import AccessRecord, Registration, RegistrationChange
from . import answers, policy, trail
from .filters import COLUMNS, NEWEST_FIRST, RegistrationFilterForm
from .forms import DecisionForm, decision_about, decision_again

PAGE_SIZE = 50


class ReviewView(WMABaseView):
    """A screen that answers 403, with a sentence, to whoever has not all of its ``rights``.

    Rights are asked for before anything else, so that a refusal does not tell whether a
    registration exists. Wagtail's own refusal is a redirect, which scripts take for success.
    """

    rights = (policy.VIEW,)

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not policy.may(request.user, *self.rights):
            return TemplateResponse(
                request, "prevent_registrations/review/refused.html", status=403
            )
        return super().dispatch(request, *args, **kwargs)


class RegistrationIndexView(ReviewView):
    """The list, 50 a page; 400 for an address that makes no sense, 404 past the last page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = RegistrationFilterForm(
            request.GET, registrations=policy.registrations_for(request.user)
        )
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=400)
        paginator = WagtailPaginator(form.found(), PAGE_SIZE)
        try:
            page = paginator.page(form.page)
        except EmptyPage:
            context = self.get_context_data(form=form, last_page=paginator.num_pages)
            return self.render_to_response(context, status=404)
        rows = list(page.object_list)
        trail.record(request.user, AccessRecord.Act.LISTED, count=len(rows))
        return self.render_to_response(
            self.get_context_data(
                form=form,
                columns=self.columns(form.order),
                rows=rows,
                page_obj=page,
                elided_page_range=paginator.get_elided_page_range(page.number),
            )
        )

    def columns(self, order: str) -> list[dict]:
        """Return each column's heading, the address that sorts by it, and how it sorts now."""
        columns = []
        for column in COLUMNS:
            ascending, descending = order == column.name, order == f"-{column.name}"
            parameters = self.request.GET.copy()
            parameters.pop("p", None)
            # A date is first looked for among the newest, a word from A.
            newest_first = f"-{column.name}" == NEWEST_FIRST
            flip = ascending or (newest_first and not descending)
            parameters["o"] = f"-{column.name}" if flip else column.name
            columns.append(
                {
                    "heading": column.heading,
                    "url": f"?{parameters.urlencode()}",
                    "sorted": "ascending" if ascending else "descending" if descending else "",
                }
            )
        return columns

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(
            breadcrumbs_items=[{"url": self.index_url, "label": "Registrations"}],
            heading="Registrations",
            index_url=self.index_url,
            **kwargs,
        )

    def get_template_names(self) -> list[str]:
        return self.model_admin.get_index_template()


class RegistrationView(ReviewView):
    """One registration on the screen, whatever was done to bring it there."""

    def get_registration(self) -> Registration:
        """Return the registration of the address, with no sensitive answer read or decrypted."""
        return get_object_or_404(
            policy.registrations_for(self.request.user)
            .select_related("occurrence", "page")
            .defer("sensitive_answers")
            .annotate(
                has_sensitive_answers=Case(
                    When(sensitive_answers="", then=Value(False)),
                    default=Value(True),
                    output_field=BooleanField(),
                )
            ),
            pk=self.kwargs["pk"],
        )

    def inspect_url(self) -> str:
        return self.url_helper.get_action_url("inspect", self.kwargs["pk"])

    def show(self, registration: Registration, *, status: int = 200, **kwargs) -> HttpResponse:
        user = self.request.user
        context = self.get_context_data(
            heading=f"Registration {registration.reference}",
            registration=registration,
            answers=answers.readable(registration.answers),
            history=registration.history.select_related("by"),
            emails=registration.emails.order_by("created_at", "pk"),
            may_see_sensitive=policy.may(user, policy.VIEW_SENSITIVE),
            reveal_url=self.url_helper.get_action_url("reveal", registration.pk),
            decide_url=self.url_helper.get_action_url("decide", registration.pk),
            breadcrumbs_items=[
                {"url": self.index_url, "label": "Registrations"},
                {"url": self.inspect_url(), "label": registration.reference},
            ],
            **kwargs,
        )
        if policy.may(user, policy.DECIDE):
            context.setdefault("form", decision_about(registration))
        return self.render_to_response(context, status=status)

    def get_template_names(self) -> list[str]:
        return self.model_admin.get_inspect_template()


class RegistrationInspectView(RegistrationView):
    """Show a registration, its sensitive answers closed."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        trail.record(request.user, AccessRecord.Act.LOOKED, registration=registration)
        return self.show(registration)


class RevealView(RegistrationView):
    """Show a registration with its sensitive answers, after writing down who reads them."""

    rights = (policy.VIEW, policy.VIEW_SENSITIVE)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send whoever reloads the address back to the registration, its answers closed."""
        return redirect(self.inspect_url())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        trail.record(request.user, AccessRecord.Act.REVEALED, registration=registration)
        return self.show(
            registration, revealed=True, sensitive_answers=answers.sensitive_answers(registration)
        )


class Overtaken(Exception):
    """The registration had another status by then than the one on the screen."""


class DecideView(RegistrationView):
    """Give a registration another status, or a note; 422 for a form with a mistake in it.

    Answers 409, with what was typed, when it cannot be done: somebody else decided while the
    form was open, no place is left, or the person has another registration for the date.
    """

    rights = (policy.VIEW, policy.DECIDE)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send whoever reloads the address back to the registration."""
        return redirect(self.inspect_url())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        registration = self.get_registration()
        form = DecisionForm(request.POST)
        if not form.is_valid():
            return self.show(registration, form=form, status=422)
        try:
            change = self.decide(registration, form.cleaned_data)
        except Overtaken:
            problem = "the registration was changed while this page was open. Read its history"
        except acts.ActError as error:
            problem = str(error)
        except IntegrityError:
            problem = "this email address has another registration for the same date"
        else:
            messages.success(request, outcome(registration.reference, change))
            return redirect(self.inspect_url())
        now = self.get_registration()
        return self.show(now, form=decision_again(form, now, problem), status=409)

    @transaction.atomic
    def decide(self, registration: Registration, decision: dict) -> RegistrationChange:
        """Do what ``decision`` says, unless it was made about another status than there is.

        The act itself locks, in the order that all acts lock in, and tells what it found; an
        exception here takes back all that it did.
        """
        change = acts.change_status(
            registration,
            decision["status"],
            by=self.request.user,
            note=decision["note"],
            tell=not decision["quiet"],
        )
        if change.previous_status != decision["seen"]:
            raise Overtaken
        trail.record(self.request.user, AccessRecord.Act.DECIDED, registration=registration)
        return change


def outcome(reference: str, change: RegistrationChange) -> str:
    """Say what was done, without a name: messages lie in a cookie until they are shown."""
    if change.status == change.previous_status:
        return f"Your note on {reference} is kept."
    return f"{reference} is now “{change.get_status_display()}”."
