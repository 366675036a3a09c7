"""Base images that get no updates any more, known by the names of their distributions and Pythons.

Dates are those their publishers announce: Python's developer guide, Debian's LTS wiki, Ubuntu's release cycle (standard
support), the CentOS and Alpine release pages. As of November 2026.
"""

import re
from collections.abc import Mapping

from environments.definitions.images import ImageReference

PYTHON = {
    **{"2.7": "2020-01", "3.5": "2020-09", "3.6": "2021-12", "3.7": "2023-06"},
    **{"3.8": "2024-10", "3.9": "2025-10", "3.10": "2026-10"},
}
UBUNTU = {"14.04": "2019-04", "16.04": "2021-04", "18.04": "2023-05", "20.04": "2025-05"}
UBUNTU_NAMES = {"trusty": "14.04", "xenial": "16.04", "bionic": "18.04", "focal": "20.04"}
DEBIAN = {"8": "2020-06", "9": "2022-06", "10": "2024-06", "11": "2026-08"}
DEBIAN_NAMES = {"jessie": "8", "stretch": "9", "buster": "10", "bullseye": "11"}
CENTOS = {"6": "2020-11", "7": "2024-06", "8": "2021-12"}
ALPINE = {"3.16": "2024-05", "3.17": "2024-11", "3.18": "2025-05", "3.19": "2025-11", "3.20": "2026-04"}

_UBUNTU_IN_NAME = re.compile(r"ubuntu-?([0-9]{2})\.?(04)(?![0-9])")
_PYTHON_IN_NAME = re.compile(r"(?:^|[-_/])py-?([23])\.?([0-9]{1,2})(?=$|[-_])")
_ALPINE_IN_NAME = re.compile(r"alpine-?(3\.[0-9]{1,2})(?![0-9])")
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?![0-9])")
_WORDS = re.compile(r"[a-z]+")


def end_of_life(image: ImageReference) -> str:
    """What ended and when, as the end of a sentence; "" for an image that is not known to be past its end."""
    name = image.path.rpartition("/")[2]
    number = _NUMBER.match(image.tag)
    version = number[1] if number else ""
    whole = f"{image.path}:{image.tag}"
    return (
        _ended("Python", PYTHON, version if name == "python" else _python_in(whole))
        or _ended("Ubuntu", UBUNTU, version if name == "ubuntu" else _ubuntu_in(whole))
        or _ended("Debian", DEBIAN, version.partition(".")[0] if name == "debian" else _named(DEBIAN_NAMES, image.tag))
        or _ended("CentOS", CENTOS, version.partition(".")[0] if name == "centos" else "")
        or _ended("Alpine", ALPINE, version if name == "alpine" else _first(_ALPINE_IN_NAME, whole))
        or _ended("Ubuntu", UBUNTU, _named(UBUNTU_NAMES, image.tag))
        or _ended("Debian", DEBIAN, _named(DEBIAN_NAMES, image.tag))
    )


def _ended(what: str, ends: Mapping[str, str], version: str) -> str:
    return f"{what} {version} ended in {ends[version]}" if version in ends else ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _python_in(text: str) -> str:
    """`py38` in an image's name."""
    found = _PYTHON_IN_NAME.search(text)
    return f"{found[1]}.{found[2]}" if found else ""


def _ubuntu_in(text: str) -> str:
    """`ubuntu20.04` or `ubuntu2004` in an image's name."""
    found = _UBUNTU_IN_NAME.search(text)
    return f"{found[1]}.{found[2]}" if found else ""


def _named(names: Mapping[str, str], tag: str) -> str:
    return next((names[word] for word in _WORDS.findall(tag) if word in names), "")
