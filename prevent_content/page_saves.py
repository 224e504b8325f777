"""Saves of one page happen one after another, and none overwrites a newer version unseen.

Wagtail's page editor reads the page when a request arrives and writes the whole row when it saves
a draft of a page that is not live. Its autosave sends the form about a second after a button was
pressed, so the draft can be read before that button's request publishes the page and written
after it: the page is then unpublished again, although everybody is told that it is live. See
docs/decisions/saves-of-one-page.md.
"""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from wagtail.models import Page


def save_in_turn(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Run a save of ``page`` in one transaction that holds its row; a ``before_edit_page`` hook.

    The editor has read the page when this is called, so its view is started once more: what it
    reads then is what the save before it left.
    """
    if request.method != "POST" or getattr(request, "is_saving_in_turn", False):
        return None
    request.is_saving_in_turn = True
    view, arguments, options = request.resolver_match
    with transaction.atomic():
        Page.objects.select_for_update().only("pk").get(pk=page.pk)
        return view(request, *arguments, **options)
