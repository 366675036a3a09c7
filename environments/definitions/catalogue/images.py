"""Base images."""

from environments.definitions.catalogue.entry import Topic, makers

error, warning, hint = makers(Topic.IMAGE)

IMAGES = (
    error(
        "image-reference", "No image name",
        "An image is named by an optional registry, a path in small letters, and a tag or digest.",
        "Write it like python:3.11-slim or registry.example.org/team/image:1.0.",
        "image: https://example.org/image", "image: example.org/image:1.0",
    ),
    error(
        "image-credentials", "A password in the image's name",
        "Definitions are kept for good and shown to everyone in the workspace, and no engine reads a password there.",
        "Remove it; an administrator sets up access to the registry for the studio.",
        "image: user:secret@registry.example.org/team/image:1.0", "image: registry.example.org/team/image:1.0",
    ),
    warning(
        "image-no-tag", "The base image has no tag",
        "Without a tag the name means “latest”, which is another image every few weeks: the same definition then "
        "gives different results, and nobody can say why.",
        "Name a version; with @sha256:… it can never move.",
        "FROM python", "FROM python:3.11-slim",
    ),
    warning(
        "image-latest", "The base image is “latest”",
        "The tag moves whenever a new image is published, and the next build starts from something else.",
        "Name a version; with @sha256:… it can never move.",
        "FROM python:latest", "FROM python:3.11-slim",
    ),
    hint(
        "image-not-pinned", "The base image has no digest",
        "Its publisher can move even a numbered tag. The studio records the digest that was used with every build, so "
        "this matters only if you build elsewhere too.",
        "Add the digest that the version page shows after a build.",
        "FROM python:3.11-slim", "FROM python:3.11-slim@sha256:…",
    ),
    warning(
        "image-end-of-life", "The base image gets no updates any more",
        "After its end of life nobody closes security holes in the distribution or the Python inside, and package "
        "indexes begin to drop files for it. Azure ML calls such base images deprecated.",
        "Move to a newer base image.",
        "FROM ubuntu:18.04", "FROM ubuntu:24.04",
    ),
)  # fmt: skip
