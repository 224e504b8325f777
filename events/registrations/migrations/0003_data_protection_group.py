"""The group of whoever looks after data protection; holds for the safeguarding leads as well."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

APP = "prevent_registrations"
RIGHTS = {
    "Data protection": [
        ("wagtailadmin", "access_admin"),
        (APP, "subject_access"),
        (APP, "erase_registration"),
        (APP, "hold_erasure"),
        (APP, "handle_complaints"),
        (APP, "view_trail"),
    ],
    "Safeguarding leads": [(APP, "hold_erasure")],
}


def give_rights(apps, schema_editor):
    """Make the groups if they are not there, and add their rights to those that they have."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    # Django makes permissions once all migrations are done; these are needed now.
    app = apps.get_app_config(APP)
    app.models_module = True
    create_permissions(app, verbosity=0, using=schema_editor.connection.alias, apps=apps)
    app.models_module = None

    for name, rights in RIGHTS.items():
        group, _ = Group.objects.get_or_create(name=name)
        for app_label, codename in rights:
            group.permissions.add(
                Permission.objects.get(content_type__app_label=app_label, codename=codename)
            )


class Migration(migrations.Migration):
    dependencies = [("prevent_registrations", "0002_groups")]

    operations = [
        # A group that people were put in is not taken away again.
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
