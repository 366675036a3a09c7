"""What people did to an environment or a version, as the audit trail has it, the newest first."""

from django.db.models import F, Value

from environments.models import AuditEvent, Tombstone, Version

MOST_SUBJECTS = 500  # the newest builds or versions, whose events are looked up by name


def activity_of_version(version):
    """(AuditEvents of the version, of its builds and of its environment as a whole, {subject: address})."""
    addresses = {}
    for build in version.builds.order_by("-number").only("pk", "number", "version")[:MOST_SUBJECTS]:
        build.version = version
        addresses[str(build)] = build.get_absolute_url()
    return _events({str(version), str(version.environment), *addresses}), addresses


def activity_of_environment(environment):
    """(AuditEvents of the environment and of its versions, also of deleted ones, {subject: address})."""
    buried = Tombstone.objects.filter(workspace=environment.workspace, environment_name=environment.name)
    columns = ("name", "sequence", "is_there")
    there = environment.versions.order_by().annotate(is_there=Value(True)).values_list(*columns)
    gone = buried.annotate(name=F("version_name"), is_there=Value(False)).values_list(*columns)
    every = [
        (Version(environment=environment, name=name), is_there)
        for name, _, is_there in there.union(gone).order_by("-sequence")[:MOST_SUBJECTS]
    ]
    addresses = {str(version): version.get_absolute_url() for version, is_there in every if is_there}
    return _events({str(environment), *(str(version) for version, _ in every)}), addresses


def _events(subjects):
    return AuditEvent.objects.filter(subject__in=subjects)
