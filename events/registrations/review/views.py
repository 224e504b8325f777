"""The list of registrations, and what every screen of the review desk begins with.

The screens stand on modeladmin's base view and not on its list and inspect views: the first
takes any lookup from the address, the second looks a registration up before it asks for a right.
"""

from django.core.paginator import EmptyPage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from wagtail.admin.paginator import WagtailPaginator
from wagtail_modeladmin.views import WMABaseView

from .. import permissions
from ..models import AccessRecord
from .filters import COLUMNS, NEWEST_FIRST, RegistrationFilterForm
from .listing import unread_marks
from .saved_filters import SavedFilterForm, opening_filter
from .selection import ActForm

PAGE_SIZE = 50


class ReviewView(WMABaseView):
    """A screen that answers 403, with a sentence, to whoever has not all of its ``rights``.

    Rights are asked for before anything else, so that a refusal does not tell whether a
    registration exists. Wagtail's own refusal is a redirect, which scripts take for success.
    """

    rights = (permissions.VIEW,)

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not permissions.may(request.user, *self.rights):
            return self.refuse()
        return super().dispatch(request, *args, **kwargs)

    def refuse(self) -> HttpResponse:
        template = "prevent_registrations/review/refused.html"
        return TemplateResponse(self.request, template, status=403)

    def address(self, screen: str, *args) -> str:
        """Return the address of another screen of the same desk."""
        return self.url_helper.get_action_url(screen, *args)


class RegistrationIndexView(ReviewView):
    """The list, 50 a page; 400 for an address that makes no sense, 404 past the last page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        saved = request.user.registration_filters.all()
        if not request.GET and (opens := opening_filter(saved)):
            return redirect(f"{self.index_url}?{opens}")
        form = RegistrationFilterForm(request.GET, user=request.user)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=400)
        paginator = WagtailPaginator(form.found(), PAGE_SIZE)
        try:
            page = paginator.page(form.page)
        except EmptyPage:
            context = self.get_context_data(form=form, last_page=paginator.num_pages)
            return self.render_to_response(context, status=404)
        rows = list(page.object_list)
        marks = unread_marks(rows, request.user)
        for row in rows:
            row.unread = marks.get(row.pk, "")
        AccessRecord.record(request.user, AccessRecord.Act.LISTED, count=len(rows))
        return self.render_to_response(
            self.get_context_data(
                form=form,
                columns=self.columns(form.order),
                rows=rows,
                saved_filters=saved,
                save_form=SavedFilterForm(initial={"query": form.query_to_keep}),
                act_form=ActForm(user=request.user, initial={"filter": form.query}),
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
            dates_url=self.address("dates"),
            bulk_url=self.address("bulk"),
            export_url=self.address("export"),
            may_export=permissions.may(self.request.user, permissions.EXPORT),
            save_filter_url=self.address("save_filter"),
            **kwargs,
        )

    def get_template_names(self) -> list[str]:
        return self.model_admin.get_index_template()
