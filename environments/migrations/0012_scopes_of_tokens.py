import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

EVERY = "read write build"
KNOWN = ["read", "write", "build", "read write", "read build", "write build", EVERY]


def keep_what_they_may(apps, schema_editor):
    """Tokens that were made to write have asked for builds too; what they may is no less than before."""
    apps.get_model("environments", "ApiToken").objects.filter(scope="read").update(scopes="read")


def as_they_were(apps, schema_editor):
    """Going back, what the older tables cannot say is revoked: no token becomes stronger."""
    tokens = apps.get_model("environments", "ApiToken").objects
    tokens.exclude(scopes=EVERY).update(scope="read")
    narrower = tokens.exclude(workspace=None) | tokens.exclude(scopes__in=["read", EVERY])
    narrower.filter(revoked_at=None).update(revoked_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("environments", "0011_jobs")]

    operations = [
        migrations.AddField("apitoken", "scopes", models.CharField(default=EVERY, max_length=40)),
        migrations.AddField(
            "apitoken",
            "workspace",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="api_tokens",
                to="environments.workspace",
            ),
        ),
        migrations.AddField("auditevent", "token", models.CharField(blank=True, default="", max_length=120)),
        migrations.RunPython(keep_what_they_may, as_they_were),
        migrations.RemoveConstraint("apitoken", "token_scope_is_known"),
        migrations.RemoveField("apitoken", "scope"),
        migrations.AddConstraint(
            "apitoken",
            models.CheckConstraint(condition=models.Q(scopes__in=KNOWN), name="token_scopes_are_known"),
        ),
    ]
