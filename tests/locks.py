"""Locks as a build leaves them, from a few words: lines of a conda lock, entries of a pip lock."""

import hashlib
import json

CHANNEL = "https://channel.example/local"
TARGET = {
    "python": "3.12.1",
    "glibc": "2.36",
    "platform": "linux/amd64",
    "virtual_packages": ["__archspec=1=x86_64", "__glibc=2.36", "__unix=0"],
}


def sha256_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def conda_line(name, version="1.0", build="h0_0", *, depends=(), subdir="linux-64", channel=CHANNEL, **fields):
    """One line of a conda lock; its hash is made from the file's name unless `sha256` is given."""
    file_name = f"{name}-{version}-{build}.conda"
    record = {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "subdir": subdir,
        "depends": list(depends),
        "fn": file_name,
        "url": f"{channel}/{subdir}/{file_name}",
        "channel": channel,
        "sha256": sha256_of(file_name),
        "md5": sha256_of(file_name)[:32],
        "size": 1234,
        "license": "MIT",
    }
    return json.dumps(record | fields, sort_keys=True) + "\n"


def pip_entry(requirement, *files):
    """A requirement and the hashes of its files, made from their names, as uv writes them."""
    hashes = [f"    --hash=sha256:{sha256_of(name)}" for name in files or (requirement,)]
    return " \\\n".join([requirement, *hashes]) + "\n"


CONDA = "".join(
    [
        conda_line("openblas", "0.3", "h1_0", depends=["zlib"]),
        conda_line("python", "3.12.1", "hab1_0_cpython", depends=["zlib >=1.2"]),
        conda_line("tzdata", "2024a", "0", subdir="noarch", noarch="generic"),
        conda_line("zlib", "1.3.1", "h4_1", depends=["__glibc >=2.17"]),
    ]
)
PIP = pip_entry("numpy==2.1.0", "numpy-2.1.0.whl", "numpy-2.1.0.tar.gz") + pip_entry(
    'Typing_Extensions[all]==4.12.2 ; python_version < "3.13"'
)
