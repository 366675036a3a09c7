"""What the two channels hold. The build string of a Python package without machine code must hold “py”."""

from tests.channel.packing import Entry, Package

LOCAL = "local"
OTHER = "other"  # beside it, with one package of the same name and a higher version

WHEELS = {
    LOCAL: (
        "attrs==25.1.0",
        "click==8.0.4",
        "click==8.1.8",
        "humanize==4.11.0",
        "jinja2==3.1.6",
        "markdown-it-py==3.0.0",
        "markupsafe==3.0.2",
        "mdurl==0.1.2",
        "pip==25.0.1",
        "pygments==2.19.1",
        "python-dateutil==2.9.0.post0",
        "rich==13.9.4",
        "setuptools==75.8.0",
        "six==1.17.0",
        "wheel==0.45.1",
    ),
    OTHER: ("humanize==4.12.3",),
}


def _note(name: str, *depends: str) -> Package:
    """A package of one text file, there for what it needs."""
    text = f"{name} needs {', '.join(depends)}\n".encode()
    return Package(name, "1.0", "0", "noarch", depends, {f"share/{name}/needs.txt": Entry(text)}, noarch="generic")


OWN = (
    _note("clash-left", "click <8.1"),
    _note("clash-right", "click >=8.1"),
    _note("wants-cuda", "__cuda >=12"),
)
