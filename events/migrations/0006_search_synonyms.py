"""Words that mean the same in a search: those that a site begins with, and who may edit them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

GROUPS = ("Communications editors", "Moderators")
FIRST = (
    "report, refer, referral, raise, concern, worry, worried",
    "extremism, extremist, radicalisation, radicalization, radicalised, terrorism, terrorist",
    "roundtable, meeting, event, talk, evening",
    "book, booking, register, registration, sign up, ticket, reserve",
    "cancel, withdraw, change, amend, pull out",
    "disabled, disability, wheelchair, step free, access, accessible",
    "parking, car park, park, drive",
    "online, video, remote, virtual",
    "phone, telephone, call, contact",
    "data, privacy, personal information, GDPR",
    "food, refreshments, dietary, catering, allergy",
    "venue, hall, address, directions, map",
    "delete, erase, remove",
    "guest, friend, bring",
    "professional, teacher, school, training",
)


def begin(apps, schema_editor):
    apps.get_model("prevent_events", "SearchSynonyms").objects.bulk_create(
        apps.get_model("prevent_events", "SearchSynonyms")(words=words) for words in FIRST
    )
    config = apps.get_app_config("prevent_events")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    rights = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="prevent_events", content_type__model="searchsynonyms"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*rights)


class Migration(migrations.Migration):

    dependencies = [
        ("prevent_events", "0005_change_with_page"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchSynonyms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.CharField(help_text="Separated by commas, for example: roundtable, meeting, event", max_length=250, unique=True)),
            ],
            options={
                "verbose_name": "search synonyms",
                "verbose_name_plural": "search synonyms",
                "ordering": ["words"],
            },
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
