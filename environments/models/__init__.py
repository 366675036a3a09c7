"""The tables. What must always hold is a constraint or a trigger (triggers.py), not a habit."""

from environments.models.audit import AuditEvent
from environments.models.blobs import Blob
from environments.models.builds import Build, BuildStep, LogPiece, State
from environments.models.environments import Context, Environment, Tombstone, Version
from environments.models.images import Image, ImagePackage, Lock, PackageName
from environments.models.jobs import Code, Job
from environments.models.rules import RuleLevel
from environments.models.tokens import ApiToken
from environments.models.workers import Hold, Worker
from environments.models.workspaces import CURATED, DEFAULT, PUBLIC, SHARED, Member, Role, Workspace

__all__ = [
    "CURATED",
    "DEFAULT",
    "PUBLIC",
    "SHARED",
    "ApiToken",
    "AuditEvent",
    "Blob",
    "Build",
    "BuildStep",
    "Code",
    "Context",
    "Environment",
    "Hold",
    "Image",
    "ImagePackage",
    "Job",
    "Lock",
    "LogPiece",
    "Member",
    "PackageName",
    "Role",
    "RuleLevel",
    "State",
    "Tombstone",
    "Version",
    "Worker",
    "Workspace",
]
