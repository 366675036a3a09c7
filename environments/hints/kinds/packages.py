"""Packages that pip, uv or conda cannot find or bring together. Texts of pip 23 to 25, uv 0.8 and rattler 0.28."""

from environments.hints.model import Rank, kind

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}"
WANTED = r"(?:[^\s(,]|,(?=[^\s(,])){1,150}"  # with commas inside, as in numpy<2,>=1.26
SOLVER = r"(?:conda: )?Cannot solve the request because of: "
ENDS = (1, 2)  # pip's and uv's exit codes

PACKAGES = (
    kind(
        "build-no-such-package", "No index that was asked has a package “{name}”.",
        rf"ERROR: Could not find a version that satisfies the requirement (?P<name>{NAME})"
        r"[^(]{0,200}(?:\(from [^)v]{1,200}\) )?\(from versions: none\)",
        rf"Because (?P<name>{NAME}) was not found in the package registry",
        exits=ENDS,
    ),
    kind(
        "build-no-such-version", "The package is there, but no version that fits “{wanted}”.",
        rf"ERROR: Could not find a version that satisfies the requirement (?P<wanted>{WANTED})"
        r"[^(]{0,200}(?:\(from [^)v]{1,200}\) )?\(from versions: [^n]",
        rf"Because there is no version of (?P<wanted>{WANTED})",
        r"Because only (?:the following versions of )?\S{1,150} (?:is|are) available:? and "
        rf".{{1,200}} depends? on (?P<wanted>{WANTED})",
        rf"Because only \S{{1,150}} is available and you require (?P<wanted>{WANTED})",
        exits=ENDS,
    ),
    kind(
        "build-no-version-found", "The index offers nothing that fits “{wanted}”.",
        rf"ERROR: No matching distribution found for (?P<wanted>{WANTED})",
        exits=ENDS, rank=Rank.SAID,
    ),
    kind(
        "build-other-python", "“{wanted}” is not made for the Python of this image.",
        rf"ERROR: Package '(?P<wanted>{NAME})' requires a different Python: \S{{1,30}} not in",
        rf"Because the current Python version \(\S{{1,30}}\) does not satisfy Python\S{{1,40}} and "
        rf"(?:all versions of )?(?P<wanted>{WANTED})",
        rf"Because (?P<wanted>{WANTED}) (?:has no wheels with a matching Python|depends on Python)",
        rf"Because .{{1,200}} and (?P<wanted>{WANTED}) depends on Python",
        r"This backport is for Python 2\.7 only",
        exits=ENDS,
    ),
    kind(
        "build-no-wheel", "“{wanted}” has no wheel for this system, and may not be compiled.",
        rf"Because (?P<wanted>{WANTED}) has no (?:usable wheels|wheels with a matching (?:platform|ABI))",
        exits=ENDS,
    ),
    kind(
        "build-conflict", "What is asked for cannot be installed together: {wanted}.",
        r"ERROR: Cannot install (?P<wanted>.{1,300}?) because these package versions have conflict",
        rf"Because (?P<wanted>(?P<one>{WANTED}) depends on \S{{1,150}} and you require (?!(?P=one)){WANTED})",
        rf"Because (?P<wanted>{WANTED} depends on \S{{1,150}}) and you require",
        rf"Because (?P<wanted>{WANTED} depends on [^\s]{{1,150}} and {WANTED} depends on [^\s]{{1,150}})",
        exits=ENDS,
    ),
    kind(
        "build-conflict", "", r"ERROR: ResolutionImpossible", r"And because you require .{1,150} unsatisfiable",
        exits=ENDS, rank=Rank.SAID,
    ),
    kind(
        "build-bad-requirement", "“{requirement}” is no requirement pip can read.",
        r"ERROR: Invalid requirement: ['\"](?P<requirement>[^'\"]{1,200})",
        r"(?:error: )?(?:Failed|Couldn't) (?:to )?parse(?: requirement)?(?: in)?:? `(?P<requirement>[^`]{1,200})`",
        exits=ENDS,
    ),
    kind(
        "build-path-missing", "“{file}” looks like a path, and nothing is there.",
        r"Hint: It looks like a path\. File ['\"](?P<file>[^'\"]{1,200})['\"] does not exist",
        r"WARNING: Requirement ['\"](?P<file>[^'\"]{1,200})['\"] looks like a filename, but the file does not exist",
        exits=ENDS,
    ),
    kind(
        "build-no-requirements-file", "There is no file “{file}” in the image at that step.",
        r"ERROR: Could not open requirements file: .{0,60}['\"](?P<file>[^'\"]{1,200})",
        r"error: File not found: `(?P<file>[^`]{1,200})`",
        exits=ENDS,
    ),
    kind(
        "build-wheel-name", "“{file}” is no name a wheel can have.",
        r"ERROR: (?P<file>\S{1,200}\.whl) is not a valid wheel filename",
        r"(?:error: |cause: )?The wheel filename \"(?P<file>[^\"]{1,200})\" is invalid",
        r"ERROR: Invalid wheel filename \([^)]{1,100}\): '(?P<file>[^']{1,200})'",
        exits=ENDS,
    ),
    kind(
        "build-wheel-platform", "“{file}” is made for another Python or another system.",
        r"ERROR: (?P<file>\S{1,200}\.whl) is not a supported wheel on this platform",
        exits=ENDS,
    ),
    kind(
        "build-wheel-broken", "“{file}” is damaged or no wheel.",
        r"ERROR: Wheel '[^']{1,100}' located at (?P<file>\S{1,300}) is invalid",
        exits=ENDS,
    ),
    kind(
        "build-not-installable", "“{file}” holds no Python project that pip could install.",
        r"ERROR: Directory '(?P<file>[^']{1,200})' is not installable",
        r"ERROR: file://(?P<file>\S{1,200}) does not appear to be a Python project",
        r"(?:error: )?(?P<file>\S{1,200}) does not appear to be a Python project",
        exits=ENDS,
    ),
    kind(
        "build-hash-mismatch", "A file that was downloaded has another hash than the requirements say.",
        r"ERROR: THESE PACKAGES DO NOT MATCH THE HASHES",
        r"(?:error: )?Hash mismatch for `",
        exits=ENDS,
    ),
    kind(
        "build-hash-missing", "Some requirements have a hash and others have none.",
        r"ERROR: Hashes are required in --require-hashes mode, but they are missing",
        r"ERROR: In --require-hashes mode, all requirements must have their versions pinned",
        r"(?:error: )?In `--require-hashes` mode, all requirements must have",
        exits=ENDS,
    ),
    kind(
        "build-externally-managed", "This Python belongs to the Linux distribution, and pip leaves it alone.",
        r"error: externally-managed-environment",
        r"(?:error: )?The interpreter at .{1,200} is externally managed",
        exits=ENDS,
    ),
    kind(
        "build-cannot-uninstall", "pip cannot replace “{name}”, which something else installed.",
        rf"(?:ERROR: )?Cannot uninstall '?(?P<name>{NAME})",
        r"error: uninstall-(?:no-record-file|distutils-installed-package)",
        exits=ENDS,
    ),
    kind(
        "build-renamed", "“{name}” is only a stand-in on the index; the package is called “{instead}”.",
        rf"The '(?P<name>{NAME})' PyPI package is deprecated, use '(?P<instead>{NAME})'",
        exits=ENDS, reach=200,
    ),
    kind(
        "build-no-venv", "uv installs into virtual environments unless it is told otherwise.",
        r"error: No virtual environment found",
        exits=(2,),
    ),
    kind(
        "build-wrong-option", "The tool does not know what was written: {said}.",
        r"(?P<said>no such option: \S{1,100})", r"(?P<said>option \S{1,60}: invalid choice: '[^']{1,100}')",
        r"ERROR: (?P<said>unknown command \"[^\"]{1,100}\")",
        r"error: (?P<said>unexpected argument '[^']{1,100}' found)",
        r"E: (?P<said>Invalid operation [^\s]{1,100})",
        exits=(1, 2, 100),
    ),
    kind(
        "build-no-conda-package", "No channel that was asked has “{wanted}”.",
        SOLVER + rf"No candidates were found for (?P<wanted>{NAME}) \*\.?$",
        SOLVER + rf"No candidates were found for (?P<wanted>{NAME} [^\s]{{1,80}}?)\.?$",
        rf"(?P<wanted>{NAME} [^\s,]{{1,80}}), for which no candidates were found",
    ),
    kind(
        "build-conda-system", "A package is made for systems with “{wanted}”, which this one is not.",
        r"(?P<wanted>__[a-z]{1,20} [^\s]{1,40}), for which no candidates were found",
    ),
    kind(
        "build-conda-conflict", "“{wanted}” cannot be met together with everything else.",
        rf"(?P<wanted>{NAME} [^\s,]{{1,80}}),? (?:which )?cannot be installed because there are no viable options",
    ),
    kind(
        "build-conda-conflict", "",
        SOLVER + r"(?:The following packages are incompatible|.{1,200} cannot be installed)",
        rank=Rank.SAID,
    ),
)  # fmt: skip
