"""Build contexts as tars in memory, the same bytes for the same files."""

import io
import tarfile

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
