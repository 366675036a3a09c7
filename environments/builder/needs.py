"""Who needs whom among the packages of an image."""

from collections import defaultdict

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from environments.definitions.asked import pip_requirements
from environments.definitions.requirements import requirement_name
from environments.diffing.changes import package_key


def extras_asked(definition):
    """{normalized name: set of normalized extras} of the pip requirements of a definition."""
    found = defaultdict(set)
    for line in pip_requirements(definition):
        try:
            extras = Requirement(line).extras
        except InvalidRequirement:  # an address, or options behind the requirement
            extras = line.partition("[")[2].partition("]")[0].split(",") if "[" in line.split("://")[0] else ()
        found[canonicalize_name(requirement_name(line))] |= {canonicalize_name(name.strip()) for name in extras if name}
    return found


def needed_by(packages, extras):
    """{(manager, name): sorted names of the packages that need it}.

    What an extra asks for counts if somebody asks for the extra: `extras` (as of extras_asked), or a package that is
    needed so. A distribution that conda installed is found for pip as well.
    """
    keys = {package_key(package) for package in packages}
    wanted = defaultdict(set, {name: set(asked) for name, asked in extras.items()})
    needs = [(package, package_key(package)[1], need) for package in packages for need in package.requires]
    needers = defaultdict(set)
    under_extras = [entry for entry in needs if entry[0].manager == "pip"]
    is_growing = True
    while is_growing:
        size = sum(map(len, wanted.values()))
        for _, name, need in under_extras:
            if not need.under or need.under in wanted[name]:
                wanted[need.name].update(need.extras)
        is_growing = sum(map(len, wanted.values())) > size
    for package, name, need in needs:
        if need.under and need.under not in wanted[name]:
            continue
        target = (package.manager, need.name)
        if package.manager == "pip" and target not in keys:
            target = ("conda", need.name)
        if target in keys and need.name != name:
            needers[target].add(package.name)
    return {key: sorted(names, key=str.lower) for key, names in needers.items()}
