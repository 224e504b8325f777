"""Saving and deleting one's own filters of the list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from wagtail.admin import messages

from . import saved_filters
from .views import ReviewView


class SaveFilterView(ReviewView):
    """Save the filter that the list was showing, then show the list with it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(self.index_url)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = saved_filters.SavedFilterForm(request.POST)
        if not form.is_valid():
            for errors in form.errors.values():
                messages.error(request, f"The filter is not saved. {errors[0]}")
            return redirect(self.index_url)
        saved = saved_filters.save(request.user, **form.cleaned_data)
        if saved is None:
            messages.error(
                request,
                f"You have {saved_filters.AT_MOST} filters. Delete one before you save another",
            )
            return redirect(self.index_url)
        messages.success(request, "The filter is saved.")
        return redirect(f"{self.index_url}?{saved.query}")


class DeleteFilterView(ReviewView):
    """Delete one of one's own filters."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect(self.index_url)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        get_object_or_404(request.user.registration_filters, pk=pk).delete()
        messages.success(request, "The filter is deleted.")
        return redirect(f"{self.index_url}?o=-received")
