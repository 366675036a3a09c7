"""The bill of materials of a built image, as CycloneDX 1.6 JSON (ECMA-424). Equal for every version it stands for.

Written as plain values, for they are few; the tests hold it against the official schema.
"""

import json
import re
import uuid
from collections import defaultdict

from packageurl import PackageURL
from packaging.utils import canonicalize_name

from environments.locking.conda import conda_packages_of
from environments.locking.packages import pip_part
from environments.models.images import BASE_IMAGE

CONTENT_TYPE = "application/vnd.cyclonedx+json; version=1.6"
_NAMESPACE = uuid.UUID("5a1d9c0e-6a0f-5d0e-9a64-2f0c8b6b7f11")  # ours: an image's serial number follows from its id
_VCS = re.compile(r"(git|hg|svn|bzr)\+")


def sbom_text(image, lock=None):
    """The document as text. `lock` is what the image was built from, if it was: it knows hashes and conda's builds."""
    return json.dumps(sbom(image, lock), indent=2, ensure_ascii=False) + "\n"


def sbom(image, lock=None):
    """The document as values: a component and its needs for each package, the image itself as what it all is about."""
    packages = list(image.packages.all())
    locked = _locked(lock)
    root = f"image:{image.image_id}"
    references = {_key(package): _reference(package) for package in packages}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, image.image_id)}",
        "version": 1,
        "metadata": {
            "timestamp": image.created_at.isoformat(timespec="seconds"),
            "tools": {"components": [{"type": "application", "name": "Environment Studio"}]},
            "component": _container(image, root),
        },
        "components": [
            *_system(image),
            *(
                _component(package, locked.get((package.manager, canonicalize_name(package.name))), image)
                for package in packages
            ),
        ],
        "dependencies": _dependencies(root, packages, references),
    }


def _key(package):
    return package.manager, package.name, package.version


def _reference(package):
    return f"{package.manager}:{package.name}@{package.version}"


def _container(image, root):
    known = image.facts.get("base", {})
    properties = {
        "studio:image_id": image.image_id,
        "studio:platform": image.facts.get("platform"),
        "studio:python": image.facts.get("python"),
        "studio:base": known.get("name"),
        "studio:base_digest": known.get("digest"),
        "studio:stand_in": "true" if image.stand_in else None,
    }
    digest = (image.repo_digest or image.image_id).rpartition("@")[2]
    return {
        "type": "container",
        "bom-ref": root,
        "name": image.name.rpartition(":")[0] or image.name,
        "version": digest,
        "hashes": [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}],
        "properties": _properties(properties),
    }


def _properties(values):
    return [{"name": name, "value": value} for name, value in values.items() if value]


def _system(image):
    name, version = image.facts.get("system_id"), image.facts.get("system_version")
    if not name:
        return []
    of_version = {"version": version} if version else {}
    return [{"type": "operating-system", "bom-ref": "system", "name": name, **of_version}]


def _component(package, locked, image):
    """`locked` is (hashes, qualifiers of its purl) from the lock, None for what is not in it in this version."""
    version, hashes, qualifiers = locked or ("", (), {})
    if version != package.version:
        hashes, qualifiers = (), {}
    sha256 = [known.removeprefix("sha256:") for known in hashes if known.startswith("sha256:")]
    properties = {
        "studio:asked": "true" if package.asked else None,
        "studio:source": package.source,
        # of several files, made for several systems, it is not known which was taken
        "studio:locked_sha256": " ".join(sha256) if len(sha256) > 1 else None,
    }
    component = {
        "type": "library",
        "bom-ref": _reference(package),
        "name": package.name,
        "version": package.version,
        "purl": _purl(package, qualifiers, image),
    }
    if len(sha256) == 1:
        component["hashes"] = [{"alg": "SHA-256", "content": sha256[0]}]
    if told := _properties(properties):
        component["properties"] = told
    return component


def _purl(package, qualifiers, image):
    """See the package-url specification; the types are named otherwise there than their managers are."""
    if package.manager == "pip":
        name, origin = canonicalize_name(package.name), _origin(package.source)
        return PackageURL("pypi", None, name, package.version, origin).to_string()
    if package.manager == "conda":
        return PackageURL("conda", None, package.name, package.version, qualifiers).to_string()
    vendor, release = image.facts.get("system_id"), image.facts.get("system_version")
    distribution = {"distro": f"{vendor}-{release}"} if vendor and release else {}
    told = image.facts.get("system", "").split(" ")[0].lower()  # all there is of images recorded earlier
    return PackageURL("deb", vendor or told or "debian", package.name, package.version, distribution).to_string()


def _origin(source):
    """purl's qualifier of where a package came from that was not asked of an index."""
    address = source.removesuffix(BASE_IMAGE).removesuffix(", ")
    return {"vcs_url" if _VCS.match(address) else "download_url": address} if address else {}


def _locked(lock):
    """{(manager, normalized name): (version, hashes, qualifiers)} of a lock."""
    if lock is None:
        return {}
    found = {}
    for package in pip_part(lock.texts):
        found["pip", canonicalize_name(package.name)] = (package.version, package.hashes, {})
    for package in conda_packages_of(lock.texts.get("conda", "")):
        hashes = (f"sha256:{package.sha256}",) if package.sha256 else ()
        qualifiers = {"build": package.build, "channel": package.channel, "subdir": package.subdir}
        found["conda", canonicalize_name(package.name)] = (package.version, hashes, qualifiers)
    return found


def _dependencies(root, packages, references):
    """Each package with what it needs; the image with what was asked for and what nothing else needs."""
    needs = defaultdict(set)
    named = defaultdict(list)
    for key in references:
        named[key[1]].append(key)
    for package in packages:
        for needer in package.required_by:
            same = [key for key in named[needer] if key[0] == package.manager]
            for key in same or [key for key in named[needer] if key[0] == "pip"]:
                needs[references[key]].add(references[_key(package)])
        if package.asked or not package.required_by:
            needs[root].add(references[_key(package)])
    return [
        {"ref": reference, "dependsOn": sorted(needs[reference] - {reference})}
        for reference in (root, *references.values())
    ]
