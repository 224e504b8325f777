"""Every right of ours can be granted by an administrator."""

from django.apps import apps
from wagtail.users.forms import GroupForm

OUR_APPS = ("home", "prevent_content", "prevent_events", "prevent_registrations")


def test_the_group_form_offers_every_permission_of_our_models(db):
    ours = {
        (model._meta.app_label, codename)
        for model in apps.get_models()
        if model._meta.app_label in OUR_APPS
        for codename, _label in model._meta.permissions
    }
    offered = GroupForm().fields["permissions"].queryset
    assert len(ours) >= 13
    assert ours <= set(offered.values_list("content_type__app_label", "codename"))
