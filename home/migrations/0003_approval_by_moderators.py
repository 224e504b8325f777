"""Editors submit, moderators publish: the workflow, and who may do what below the front page."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import Q

EDITORS, MODERATORS = "Communications editors", "Moderators"
NAME = "Approval by a moderator"
PAGE_RIGHTS = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")
FILE_RIGHTS = ("add_image", "change_image", "choose_image", "add_document", "change_document",
               "choose_document")
SETTINGS_RIGHTS = ("change_sitesettings", "change_preventsettings")


def share_out_rights(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    GroupPagePermission = apps.get_model("wagtailcore", "GroupPagePermission")
    for label in ("home", "prevent_content", "wagtailcore", "wagtailimages", "wagtaildocs"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    front_page = apps.get_model("home", "HomePage").objects.filter(path="00010001").first()
    moderators, _ = Group.objects.get_or_create(name=MODERATORS)
    moderators.permissions.add(
        *Permission.objects.filter(
            Q(content_type__app_label="home") | Q(content_type__app_label="prevent_content"),
            codename__in=SETTINGS_RIGHTS,
        )
    )
    collection = apps.get_model("wagtailcore", "Collection").objects.get(depth=1)
    for right in Permission.objects.filter(
        content_type__app_label__in=("wagtailimages", "wagtaildocs"), codename__in=FILE_RIGHTS
    ):
        apps.get_model("wagtailcore", "GroupCollectionPermission").objects.get_or_create(
            group=moderators, collection=collection, permission=right
        )
    GroupPagePermission.objects.filter(
        group__name=EDITORS, permission__codename="publish_page"
    ).delete()
    if front_page is None:
        return
    for right in Permission.objects.filter(
        content_type__app_label="wagtailcore", codename__in=PAGE_RIGHTS
    ):
        GroupPagePermission.objects.get_or_create(
            group=moderators, page_id=front_page.pk, permission=right
        )
    make_workflow(apps, front_page, moderators)


def make_workflow(apps, front_page, moderators):
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="prevent_content", model="checklistapprovaltask"
    )
    task = apps.get_model("prevent_content", "ChecklistApprovalTask").objects.create(
        name=NAME, active=True, content_type=content_type
    )
    task.groups.set([moderators])
    workflow = apps.get_model("wagtailcore", "Workflow").objects.create(name=NAME, active=True)
    apps.get_model("wagtailcore", "WorkflowTask").objects.create(
        workflow=workflow, task_id=task.pk, sort_order=0
    )
    apps.get_model("wagtailcore", "WorkflowPage").objects.get_or_create(
        page_id=front_page.pk, defaults={"workflow": workflow}
    )


def leave_rights(apps, schema_editor):
    """Someone may wait for an approval by now; it is not ours to take away."""


class Migration(migrations.Migration):
    dependencies = [
        ("home", "0002_front_page_and_editors"),
        ("prevent_content", "0002_approval_with_checklist"),
        ("prevent_events", "0003_moderators"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [migrations.RunPython(share_out_rights, leave_rights)]
