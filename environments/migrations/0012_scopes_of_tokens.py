import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Coalesce
from django.utils import timezone

EVERY = "read write build"
KNOWN = ["read", "write", "build", "read write", "read build", "write build", EVERY]


def keep_what_they_may(apps, schema_editor):
    """Tokens that were made to write have asked for builds too; what they may is no less than before."""
    apps.get_model("environments", "ApiToken").objects.filter(scope="read").update(scopes="read")


def as_they_were(apps, schema_editor):
    """Going back, what the older tables cannot say is revoked: no token becomes stronger.

    No row is changed twice, after which PostgreSQL would not alter the table in the same transaction.
    """
    tokens = apps.get_model("environments", "ApiToken").objects
    tokens.filter(workspace=None, scopes="read").update(scope="read")
    revoked = Coalesce("revoked_at", models.Value(timezone.now()))
    tokens.exclude(workspace=None, scopes__in=["read", EVERY]).update(scope="read", revoked_at=revoked)


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
