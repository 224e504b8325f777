"""The people who edit events: what they may do with venues, speakers, organisers and dates.

They add venues and organisers, which the public sees once a moderator publishes their event. What
is in use is changed by moderators: it reaches the public, or an inbox, at once.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Communications editors"
CODENAMES = (
    *("add_venue", "view_venue", "add_organiser", "view_organiser"),
    *("add_speaker", "change_speaker", "delete_speaker", "view_speaker"),
)


def give_rights(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    for label in ("prevent_events", "wagtailadmin"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(
        Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin"),
        *Permission.objects.filter(
            content_type__app_label="prevent_events",
            codename__in=[*CODENAMES, "change_occurrence_status"],
        ),
    )


def leave_rights(apps, schema_editor):
    """The group may have members and other rights by now; it is not ours to take away."""


class Migration(migrations.Migration):
    dependencies = [
        ("prevent_events", "0001_initial"),
        ("wagtailadmin", "0006_formstate"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(give_rights, leave_rights)]
