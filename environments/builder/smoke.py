"""Imports what was asked for, in a container of the finished image."""

from environments.builder.masking import Mask
from environments.engine.protocol import ImageUnavailable
from environments.models import Build

SECONDS = 120
MOST_OUTPUT = 4000
IMPORT_ALL = """
import importlib, importlib.metadata as metadata, re, sys
wanted = {re.sub(r"[-_.]+", "-", name).lower() for name in sys.argv[1:]}
modules = sorted(
    module
    for module, owners in metadata.packages_distributions().items()
    if not module.startswith("_") and wanted & {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners}
)
for module in modules:
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
