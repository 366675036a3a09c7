from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("environments", "0005_what_images_were_made_with"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["subject", "-at"], name="audit_by_subject"),
        ),
    ]
