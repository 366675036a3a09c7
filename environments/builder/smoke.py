"""Imports what was asked for, in a container of the finished image."""

from environments.builder.masking import Mask
from environments.engine.protocol import ImageUnavailable
from environments.models import Build

SECONDS = 120
MOST_OUTPUT = 4000
# The image's Python may be as old as 3.8, which cannot say yet which modules a distribution brings.
IMPORT_ALL = """
import importlib, importlib.metadata as metadata, re, sys
wanted = {re.sub(r"[-_.]+", "-", name).lower() for name in sys.argv[1:]}
modules = set()
for found in metadata.distributions():
    if re.sub(r"[-_.]+", "-", found.metadata["Name"] or "").lower() in wanted:
        named = (found.read_text("top_level.txt") or "").split()
        files = [file.parts for file in found.files or [] if file.suffix in (".py", ".so") and len(file.parts) <= 2]
        modules.update(named or {parts[0].partition(".")[0] for parts in files})
for module in sorted(name for name in modules if name.isidentifier() and not name.startswith("_")):
    importlib.import_module(module)
    print("imported", module)
"""


def check(build_id, engine):
    """Set `checked` of a succeeded build to whether every package asked for can be imported. May run twice."""
    build = Build.objects.with_image().select_related("image").filter(pk=build_id, checked=None).first()
    if build is None:
        return
    names = list(build.image.packages.filter(asked=True).values_list("name", flat=True))
    good, output = _import(engine, build.image.image_id, names) if names else (True, "")
    Build.objects.filter(pk=build_id).update(checked=good, check_output=Mask()(output)[-MOST_OUTPUT:])


def _import(engine, image_id, names):
    try:
        result = engine.run(image_id, ["python3", "-c", IMPORT_ALL, *names], timeout=SECONDS)
    except TimeoutError:
        return False, f"Importing took more than {SECONDS} seconds."
    except ImageUnavailable as error:
        return False, str(error)
    return result.exit_code == 0, result.output
