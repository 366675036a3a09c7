"""Text that should not be kept where everyone reads it."""

from environments.definitions.catalogue.entry import Topic, makers

error, warning, hint = makers(Topic.SECRETS)

SECRETS = (
    warning(
        "secret", "A token in the text",
        "The text has the shape of a known kind of access token. Definitions are kept for good, shown to everyone in "
        "the workspace and written into images.",
        "Remove it, and have it replaced where it came from: whoever has read it can use it.",
        "RUN git clone https://ghp_…@example.org/repo", "RUN git clone https://example.org/repo",
    ),
    warning(
        "secret-variable", "A variable that seems to hold a secret",
        "ARG and ENV stay readable in the image's history for everyone who can pull it.",
        "Hand the value over when the container starts.",
        "ENV API_TOKEN=abc", "# docker run -e API_TOKEN …",
    ),
    error(
        "build-arg-secret", "A build argument that seems to hold a secret",
        "Build arguments are stored with the version, shown to others and stay readable in the image's history.",
        "Hand the value over when the container starts; ask an administrator to set up access to an index.",
        "build:\n  path: .\n  args:\n    API_TOKEN: abc", "build:\n  path: .\n  args:\n    CUDA_VERSION: \"12.4\"",
    ),
    error(
        "address-credentials", "A password in an address",
        "The address would be stored with the version, shown to others and written into the lock.",
        "Remove it; ask an administrator to set up access to this index.",
        "--index-url https://user:secret@example.org/simple", "--index-url https://example.org/simple",
    ),
)  # fmt: skip
