"""The people who publish: what they may do with venues, speakers, organisers and dates.

The group is the one that Wagtail starts every site with; a site that has taken it away gets it
back. Which pages it publishes is for the site to say.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Moderators"
MODELS = ("venue", "speaker", "organiser")


def give_rights(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    for label in ("prevent_events", "wagtailadmin"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    codenames = [
        f"{act}_{model}" for model in MODELS for act in ("add", "change", "delete", "view")
    ]
    group.permissions.add(
        Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin"),
        *Permission.objects.filter(
            content_type__app_label="prevent_events",
            codename__in=[*codenames, "change_occurrence_status"],
        ),
    )


def leave_rights(apps, schema_editor):
    """The group may have members and other rights by now; it is not ours to take away."""


class Migration(migrations.Migration):
    dependencies = [("prevent_events", "0002_editors")]

    operations = [migrations.RunPython(give_rights, leave_rights)]
