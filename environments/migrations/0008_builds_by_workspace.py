import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def tell(apps, schema_editor):
    """Each build is in the workspace of its version."""
    versions = apps.get_model("environments", "Version").objects.filter(pk=OuterRef("version"))
    workspace = Subquery(versions.values("environment__workspace"))
    apps.get_model("environments", "Build").objects.update(workspace=workspace)


class Migration(migrations.Migration):
    dependencies = [
        ("environments", "0007_what_lists_show"),
    ]

    operations = [
        migrations.AddField(
            model_name="build",
            name="workspace",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="builds",
                to="environments.workspace",
            ),
        ),
        migrations.RunPython(tell, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="build",
            name="workspace",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="builds",
                to="environments.workspace",
            ),
        ),
        migrations.AddIndex(
            model_name="build",
            index=models.Index(
                fields=["workspace", "-created_at", "-number", "requested_by"], name="builds_of_a_workspace"
            ),
        ),
        migrations.AddIndex(
            model_name="build",
            index=models.Index(fields=["workspace", "state", "-created_at", "-number"], name="builds_by_state"),
        ),
        migrations.AddIndex(
            model_name="build",
            index=models.Index(fields=["requested_by", "-created_at"], name="builds_of_a_person"),
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(fields=["author", "-created_at"], name="versions_of_a_person"),
        ),
    ]
