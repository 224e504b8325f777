"""The group whose members review registrations."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Safeguarding leads"
RIGHTS = [
    ("wagtailadmin", "access_admin"),
    ("prevent_registrations", "view_registration"),
    ("prevent_registrations", "view_sensitive_answers"),
    ("prevent_registrations", "decide_registration"),
    ("prevent_registrations", "manage_deliveries"),
]


def give_rights(apps, schema_editor):
    """Make the group if it is not there, and add its rights to those that it has."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    # Django makes permissions once all migrations are done; these are needed now.
    app = apps.get_app_config("prevent_registrations")
    app.models_module = True
    create_permissions(app, verbosity=0, using=schema_editor.connection.alias, apps=apps)
    app.models_module = None

    group, _ = Group.objects.get_or_create(name=GROUP)
    for app_label, codename in RIGHTS:
        group.permissions.add(
            Permission.objects.get(content_type__app_label=app_label, codename=codename)
        )


class Migration(migrations.Migration):
    dependencies = [
        ("prevent_registrations", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
    ]

    operations = [
        # A group that people were put in is not taken away again.
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
