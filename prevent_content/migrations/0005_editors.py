"""The people who edit pages: what they may do with owners. Banners are for moderators."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Communications editors"
MODELS = ("contentowner",)


def give_rights(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    config = apps.get_app_config("prevent_content")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    codenames = [
        f"{act}_{model}" for model in MODELS for act in ("add", "change", "delete", "view")
    ]
    group.permissions.add(
        *Permission.objects.filter(
            content_type__app_label="prevent_content", codename__in=codenames
        )
    )


def leave_rights(apps, schema_editor):
    """The group may have members and other rights by now; it is not ours to take away."""


class Migration(migrations.Migration):
    dependencies = [
        ("prevent_content", "0004_banners_and_owners"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(give_rights, leave_rights)]
