"""Run inside a host that has removed the plugin: nothing of it is left, everything else is."""

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment

setup_test_environment()
settings.ALLOWED_HOSTS = ["*"]
left = [name for name in connection.introspection.table_names() if name.startswith("prevent")]
assert left == [], left
assert not ContentType.objects.filter(app_label__startswith="prevent_").exists()
visitor = Client()
assert visitor.get("/").status_code == 200
assert visitor.get("/admin/login/").status_code == 200
assert visitor.get("/prevent/").status_code == 404
