"""The groups whose members review registrations: leads, and organisers of single events."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

LEADS, ORGANISERS = "Safeguarding leads", "Organisers"
ACCESS = ("wagtailadmin", "access_admin")
SEE = ("prevent_registrations", "view_registration")
DECIDE = ("prevent_registrations", "decide_registration")
RIGHTS = {
    LEADS: [
        ACCESS,
        SEE,
        ("prevent_registrations", "view_sensitive_answers"),
        DECIDE,
        ("prevent_registrations", "export_registration"),
        ("prevent_registrations", "handle_concerns"),
        ("prevent_registrations", "registrations_of_every_event"),
        ("prevent_registrations", "manage_deliveries"),
        ("prevent_registrations", "change_capacity"),
    ],
    # Without the right for every event: each sees the events that are assigned to them.
    ORGANISERS: [ACCESS, SEE, DECIDE],
}


def give_rights(apps, schema_editor):
    """Make the groups if they are not there, and add their rights to those that they have."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    # Django makes permissions once all migrations are done; these are needed now.
    app = apps.get_app_config("prevent_registrations")
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
