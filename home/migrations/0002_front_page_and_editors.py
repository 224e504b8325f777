"""A site starts with its front page, and with a group that may edit what is below it."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import Q

GROUP = "Communications editors"
PAGE_RIGHTS = ("add_page", "change_page", "publish_page")
FILE_RIGHTS = ("add_image", "change_image", "choose_image", "add_document", "change_document",
               "choose_document")
SETTINGS_RIGHTS = ("change_sitesettings",)


def make_front_page(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Locale = apps.get_model("wagtailcore", "Locale")
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    HomePage = apps.get_model("home", "HomePage")
    plain_page = ContentType.objects.get(app_label="wagtailcore", model="page")
    Page.objects.filter(content_type=plain_page, slug="home", depth=2, numchild=0).delete()
    content_type, _ = ContentType.objects.get_or_create(app_label="home", model="homepage")
    front_page = HomePage.objects.create(
        title="Home",
        draft_title="Home",
        slug="home",
        content_type=content_type,
        path="00010001",
        depth=2,
        numchild=0,
        url_path="/home/",
        locale=Locale.objects.first(),
    )
    Page.objects.filter(depth=1).update(numchild=Page.objects.filter(depth=2).count())
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "root_page": front_page}
    )


def remove_front_page(apps, schema_editor):
    apps.get_model("home", "HomePage").objects.filter(path="00010001").delete()


def give_rights(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    for label in ("home", "prevent_content", "wagtailcore", "wagtailimages", "wagtaildocs"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(
        *Permission.objects.filter(
            Q(content_type__app_label="home") | Q(content_type__app_label="prevent_content"),
            codename__in=SETTINGS_RIGHTS,
        )
    )
    front_page = apps.get_model("home", "HomePage").objects.get(path="00010001")
    for right in Permission.objects.filter(
        content_type__app_label="wagtailcore", codename__in=PAGE_RIGHTS
    ):
        apps.get_model("wagtailcore", "GroupPagePermission").objects.get_or_create(
            group=group, page_id=front_page.pk, permission=right
        )
    collection = apps.get_model("wagtailcore", "Collection").objects.get(depth=1)
    for right in Permission.objects.filter(
        content_type__app_label__in=("wagtailimages", "wagtaildocs"), codename__in=FILE_RIGHTS
    ):
        apps.get_model("wagtailcore", "GroupCollectionPermission").objects.get_or_create(
            group=group, collection=collection, permission=right
        )


def leave_rights(apps, schema_editor):
    """The group may have members and other rights by now; it is not ours to take away."""


class Migration(migrations.Migration):
    dependencies = [
        ("home", "0001_initial"),
        ("prevent_content", "0001_initial"),
        ("prevent_events", "0002_editors"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        ("wagtailimages", "0027_image_description"),
        ("wagtaildocs", "0014_alter_document_file_size"),
    ]

    operations = [
        migrations.RunPython(make_front_page, remove_front_page),
        migrations.RunPython(give_rights, leave_rights),
    ]
