"""What searches answer."""

from ninja import Field, Schema

from environments.api.schemas import BuildLink


class Match(Schema):
    workspace: str
    environment: str
    version: str
    package: str
    package_version: str
    manager: str
    url: str


class FoundEnvironment(Schema):
    workspace: str
    environment: str
    description: str
    archived: bool
    url: str


class FoundVersion(Schema):
    workspace: str
    environment: str
    version: str
    url: str


class PackageCount(Schema):
    package: str
    package_version: str
    versions: int = Field(description="How many active versions hold it.")
    environments: int = Field(description="How many environments those belong to.")


class Found(Schema):
    environments: list[FoundEnvironment] = Field(description="By name, description or tag; at most 100.")
    versions: list[FoundVersion] = Field(description="Asked for as `name:version`; at most 100.")
    builds: list[BuildLink] = Field(description="Asked for by number, as `#42`; at most 100.")
    packages: list[PackageCount] = Field(description="Of what a package with a condition means, as `numpy<2`.")
    packages_complete: bool = Field(description="False if only the 500 newest versions that hold one are counted.")
    unread: str = Field(description="What of the text could not be read, in a sentence; empty if nothing.")


class Matches(Schema):
    items: list[Match]
    complete: bool = Field(description="False if there are more versions than the 500 of this answer.")
