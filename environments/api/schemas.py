"""The shapes of every answer. Times are ISO 8601 in UTC, durations seconds, sizes bytes."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import AfterValidator, StrictBool, StringConstraints

from environments.definitions.text import forbidden_in
from environments.forms.details import MOST_DESCRIPTION
from environments.forms.fields import MAX_TAG_KEY, MAX_TAG_VALUE, MAX_TAGS


def _storable(text):
    if found := forbidden_in(text):
        raise ValueError(f"it holds {found}")
    return text


Storable = AfterValidator(_storable)
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MOST_DESCRIPTION), Storable]
TagKey = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TAG_KEY), Storable]
TagValue = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TAG_VALUE), Storable]


class Error(Schema):
    detail: str = Field(description="One sentence: what is wrong and what to do next.")


class FixOut(Schema):
    """An edit: what stands from (line, column) up to the end, not included, gives way to `text`."""

    label: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class ProblemOut(Schema):
    code: str
    severity: Literal["error", "warning", "hint"]
    source: str = Field(description="The text that line and column point into, such as environment.yml.")
    line: int | None
    column: int | None
    message: str
    remedy: str
    docs: str = Field(description="The page that explains the code.")
    fix: FixOut | None = Field(description="A safe edit of the text named by `source`.")
    blocking: bool = Field(description="The workspace's rules do not let it be saved.")


class Problems(Schema):
    problems: list[ProblemOut]


class BuildLink(Schema):
    id: UUID
    state: str
    url: str


class Published(Schema):
    name: str
    version: str
    url: str
    build: BuildLink | None


class VersionName(Schema):
    """A version as it is pointed to."""

    workspace: str
    environment: str
    version: str


class EnvironmentOut(Schema):
    name: str
    description: str
    tags: dict[str, str]
    latest: str | None = Field(description="The newest active version's name.")
    archived: bool
    created_at: datetime
    updated_at: datetime
    url: str


class EnvironmentList(Schema):
    items: list[EnvironmentOut]
    count: int


class VersionItem(Schema):
    version: str
    kind: str
    message: str
    author: str | None
    archived: bool
    built: bool = Field(description="Whether a build gave it an image.")
    created_at: datetime
    url: str


class EnvironmentDetail(EnvironmentOut):
    versions: list[VersionItem] = Field(description="Newest first, as many as `limit` says.")
    version_count: int


class ImageOut(Schema):
    image: str = Field(description="A name the engine that built it can run.")
    image_id: str
    image_digest: str | None = Field(description="Null until it was pushed or pulled.")
    removed_at: datetime | None = Field(
        description="When retention removed it from the engine; null while it is there."
    )
    size: int
    facts: dict[str, Any]
    stand_in: bool


class ContextOut(Schema):
    sha256: str
    size: int
    files: list[dict[str, Any]]


class VersionOut(Schema):
    workspace: str
    name: str
    version: str
    reference: str = Field(description="How job and endpoint files name it.")
    kind: str
    definition: dict[str, Any]
    definition_digest: str
    text: str = Field(description="The conda file, requirements or Dockerfile as typed.")
    context: ContextOut | None
    message: str
    description: str
    tags: dict[str, str]
    parent: VersionName | None
    author: str | None
    archived: bool
    created_at: datetime
    url: str
    image: ImageOut | None
    build: BuildLink | None = Field(description="The newest build.")


class Details(Schema, extra="forbid"):
    """What is left out stays as it is."""

    description: Description | None = None
    tags: dict[TagKey, TagValue] | None = Field(None, max_length=MAX_TAGS)
    archived: StrictBool | None = None


class EventOut(Schema):
    at: datetime
    actor: str
    token: str = Field(description="The token the actor came with, by name and number; empty for who was signed in.")
    action: str = Field(description="Such as version.archive.")
    subject: str
    detail: dict[str, Any]


class EventList(Schema):
    items: list[EventOut]
    count: int


class DeletionOut(Schema):
    """What deleting would take along, and why it cannot be done now."""

    versions: list[str] = Field(description="Names that would never be given again, newest first.")
    builds: int
    log_lines: int
    images: list[str] = Field(description="Those that no version would be left of; retention removes them.")
    refused: list[str] = Field(description="Sentences; empty if it can be deleted.")


class PackageOut(Schema):
    manager: str
    name: str
    version: str
    source: str
    asked: bool = Field(description="Whether the definition names it; else something pulled it in.")
    required_by: list[str] = Field(description="Names of packages of the image that need it.")


class PackageList(Schema):
    image: str | None = Field(description="Null while the version has no image; its packages are not known then.")
    items: list[PackageOut]
    count: int


class LockedPackageOut(Schema):
    """Null stands for what this part of the lock does not say."""

    manager: Literal["conda", "pip"]
    name: str
    version: str | None
    build: str | None
    source: str | None = Field(description="conda's channel, or the address of a pip package from no index.")
    size: int | None
    hashes: list[str] = Field(description="Of the files that may be installed, each like sha256:….")


class LockOut(Schema):
    digest: str
    target: dict[str, Any] = Field(description="Python, glibc, platform and virtual packages it was made for.")
    channels: list[str] = Field(description="By priority.")
    formats: list[str] = Field(description="What `format` can be for this lock.")
    packages: list[LockedPackageOut]


class DefinitionChangeOut(Schema):
    label: str
    before: str | None
    after: str | None


class PackageChangeOut(Schema):
    kind: str = Field(description="added, removed, up, down or changed")
    manager: str
    name: str
    before: str | None
    after: str | None


class Comparison(Schema):
    before: VersionName
    after: VersionName
    definition: list[DefinitionChangeOut]
    packages: list[PackageChangeOut] | None = Field(description="Null while one of the two has no image.")


class Checked(Schema):
    problems: list[ProblemOut]
    definition: dict[str, Any] | None
    dockerfile: str | None
