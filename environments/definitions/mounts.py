"""The value of `RUN --mount=…`: what kind of mount it is, and cache mounts kept apart between workspaces."""

from dataclasses import dataclass

_TARGETS = ("target", "dst", "destination")
_SAME_KEY = {"src": "source", **dict.fromkeys(_TARGETS, "target"), "ro": "readonly", "rw": "readwrite"}


@dataclass(frozen=True, slots=True)
class Mount:
    """The `key=value` fields of a mount in the order written; keys in small letters, a bare word has the value None."""

    fields: tuple[tuple[str, str | None], ...]

    def get(self, *keys: str) -> str:
        return next((value for key, value in self.fields if key in keys and value), "")

    @property
    def kind(self) -> str:
        """The mount's type in small letters; BuildKit's default is `bind`."""
        return self.get("type").lower() or "bind"

    def __str__(self) -> str:
        return ",".join(key if value is None else f"{key}={value}" for key, value in self.fields)


def read_mount(value: str) -> Mount:
    """Take the value of a --mount flag apart; check_mount says whether the reading can be trusted."""
    fields = []
    for field in value.split(","):
        key, separator, text = field.partition("=")
        fields.append((key.strip().lower(), text if separator else None))
    return Mount(tuple(fields))


def check_mount(mount: Mount) -> str | None:
    """Why a mount cannot be read safely; None if it can."""
    keys = [_SAME_KEY.get(key, key) for key, _ in mount.fields]
    if len(set(keys)) < len(keys):
        return "names something twice"
    if not all(keys) or (mount.kind == "cache" and not mount.get(*_TARGETS)):
        return "has an empty part or no target"
    if "$" in mount.kind or "$" in mount.get("from"):
        return "hides its type or image in a variable"
    return None


def scope_mount(mount: Mount, prefix: str) -> Mount:
    """Give a cache mount an id that begins with the prefix. Without an id BuildKit takes the target for it."""
    if mount.kind != "cache":
        return mount
    name = mount.get("id") or mount.get(*_TARGETS)
    others = tuple(field for field in mount.fields if field[0] != "id")
    return Mount((*others, ("id", f"{prefix}-{name}")))
