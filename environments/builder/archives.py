"""Build contexts as tars in memory, the same bytes for the same files."""

import io
import tarfile
from pathlib import Path

import certifi
from django.conf import settings

PLAIN = 0o644


def read_tar(file):
    """{path: (bytes, mode)} of a tar that contexts.py made."""
    with tarfile.open(fileobj=file) as tar:
        return {member.name: (tar.extractfile(member).read(), member.mode) for member in tar if member.isfile()}


def write_tar(files):
    """The tar of {path: (bytes, mode)}: sorted, without times or owners."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, (content, mode) in sorted(files.items()):
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), mode
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def site_files():
    """Where packages come from here: index settings and trusted authorities. Bind-mounted, so no part of any image."""
    authorities = settings.INDEXES.ca_bundle or Path(certifi.where())
    return {
        "uv.toml": (settings.INDEXES.uv_toml().encode(), PLAIN),
        "ca.crt": (authorities.read_bytes(), PLAIN),
    }
