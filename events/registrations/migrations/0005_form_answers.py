from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("prevent_registrations", "0004_page_feedback")]

    operations = [
        migrations.CreateModel(
            name="FormAnswers",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={"default_permissions": ()},
        ),
    ]
