"""Chromium for the browser tests: the machine's, or Debian's packages with a small script that starts them in place."""

import shutil
from pathlib import Path

from studio.launch.debian import Tools, require_debian_root

PACKAGES = ("chromium", "fonts-dejavu-core")
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/font-cache</cachedir>
  <include ignore_missing="yes">{folder}/etc/fonts/conf.d</include>
</fontconfig>
"""
SCRIPT = """\
#!/bin/sh
export LD_LIBRARY_PATH='{libraries}' FONTCONFIG_FILE='{folder}/fonts.conf'
exec '{folder}/usr/lib/chromium/chromium' "$@"
"""


def chromium(tools: Tools) -> Path:
    """Return a program that starts Chromium, unpacking it first where the machine has none. Raises LaunchError."""
    installed = shutil.which("chromium")
    if installed:
        return Path(installed)
    script = tools.folder / "start-chromium"
    if not script.exists():
        require_debian_root("The browser tests need Chromium.", "Install it, so that `chromium` is found on PATH.")
        tools.unpack(PACKAGES)
        (tools.folder / "fonts.conf").write_text(FONTS.format(folder=tools.folder))
        libraries = tools.environment()["LD_LIBRARY_PATH"]
        script.write_text(SCRIPT.format(folder=tools.folder, libraries=libraries))
        script.chmod(0o755)
    return script
