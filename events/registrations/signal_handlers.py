"""What this app does when something happens elsewhere."""

from django.dispatch import receiver
from wagtail.signals import init_new_page

from .models import RegistrationPage
from .models.pages import default_form_fields


@receiver(init_new_page)
def begin_with_default_questions(sender, page, parent, **kwargs) -> None:
    if isinstance(page, RegistrationPage):
        page.title = "Register your interest"
        page.slug = "register"
        page.form_fields = default_form_fields()
