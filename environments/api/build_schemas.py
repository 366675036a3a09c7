"""The shapes of answers about builds and their logs."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

from environments.api.schemas import VersionName


class StepOut(Schema):
    number: int
    name: str
    kind: str
    state: str
    cached: bool
    started_at: datetime | None
    completed_at: datetime | None
    seconds: float | None
    error: str


class PlaceOut(Schema):
    position: int
    of: int = Field(description="How many builds of all workspaces wait.")
    estimate_seconds: float | None = Field(description="Until it starts, by experience.")


class HintOut(Schema):
    """What a failed build ran into, as its log says."""

    code: str
    title: str
    message: str
    remedy: str
    line: int | None = Field(description="The line of the log that says it; null where only `error` does.")
    text: str = Field(description="That line.")
    docs: str = Field(description="The page that explains the code.")


class BuildOut(Schema):
    id: UUID
    number: int
    state: str
    reason: str
    cancelling: bool
    queue: PlaceOut | None = Field(description="While it waits.")
    version: VersionName
    image: str | None = Field(description="A name the engine that built it can run.")
    image_id: str | None
    image_digest: str | None
    base_digest: str | None
    reused: UUID | None = Field(description="The build whose image this one took over.")
    steps: list[StepOut]
    timings: dict[str, float]
    error: str | None
    error_step: str | None
    exit_code: int | None
    hints: list[HintOut] = Field(description="Of a build that failed; empty where its log says nothing that is known.")
    checked: bool | None = Field(
        description="Whether what was asked for can be imported: null until that was tried, and where it could not be."
    )
    requested_by: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    url: str


class LogLineOut(Schema):
    n: int
    time: datetime
    step: str
    stream: str = Field(description="stdout, stderr, or studio: a remark of ours, as where lines were left out.")
    text: str


class LogOut(Schema):
    lines: list[LogLineOut]
    next: int = Field(description="Ask with `after` set to this for what follows.")
    ended: bool = Field(description="Nothing will follow.")


class BuildAsked(Schema, extra="forbid"):
    """`again` makes a fresh lock, `same` installs the version's own lock once more."""

    resolve: Literal["again", "same"] | None = None
