"""Names of BuildKit's cache mounts: a shared one would let an editor poison what other workspaces install."""

import hashlib
import hmac


def cache_id(secret: str, workspace: str, tool: str) -> str:
    """The cache of one tool in one workspace; without the secret nobody can name another workspace's."""
    return hmac.new(secret.encode(), f"{workspace}\0{tool}".encode(), hashlib.sha256).hexdigest()[:40]
