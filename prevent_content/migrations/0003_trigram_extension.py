"""Let PostgreSQL compare spellings, for the search; where it may not, the search is exact."""

from django.db import DatabaseError, migrations, transaction


def create_extension(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        # Not installed on the server, or not ours to create: docs/operators/search.md.
        return


class Migration(migrations.Migration):

    dependencies = [
        ('prevent_content', '0002_approval_with_checklist'),
    ]

    operations = [
        # Others may use it by then, so that it is not taken out again.
        migrations.RunPython(create_extension, migrations.RunPython.noop),
    ]
