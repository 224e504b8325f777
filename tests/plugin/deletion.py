"""Run inside a host: delete the plugin's pages, as an editor would in the CMS."""

from wagtail.models import Page

from prevent_content.models import PreventPage

for page in PreventPage.objects.all():
    Page.objects.get(pk=page.pk).delete()
