"""Conda files."""

from environments.definitions.catalogue.entry import Topic, makers

error, warning, hint = makers(Topic.CONDA)

CONDA = (
    error(
        "no-conda-file", "No conda file", "A conda file is a mapping with dependencies, and most often channels.",
        "Begin with “dependencies:” and a list below it.", "numpy", "dependencies:\n  - numpy=2.1",
    ),
    error(
        "azure-file", "An environment file where a conda file is meant",
        "This text names an image or a build; the conda file is the one it points to.",
        "Import it as a whole, or give the file it names.", "image: python:3.11", "dependencies:\n  - python=3.11",
    ),
    error(
        "conda-file", "A conda file where something else is meant", "It can be read, but not in this place.",
        "Choose “conda” for it, or name it as conda_file.", "dependencies:\n  - numpy", "numpy==2.1.0",
    ),
    error(
        "requirements-file", "Requirements where a conda file is meant", "The lines are what pip reads, not conda.",
        "Choose “pip”, or list them under “dependencies:” and “- pip:”.",
        "numpy==2.1.0", "dependencies:\n  - pip=25.3\n  - pip:\n      - numpy==2.1.0",
    ),
    error(
        "dependencies-list", "The dependencies are no list", "conda reads one dependency per “-”.",
        "Begin each entry with “- ” on its own line.", "dependencies: numpy", "dependencies:\n  - numpy=2.1",
    ),
    error(
        "channels-list", "The channels are no list", "conda reads one channel per “-”.",
        "Begin each entry with “- ” on its own line.", "channels: conda-forge", "channels:\n  - conda-forge",
    ),
    error(
        "pip-list", "The pip section is no list", "Below “pip:” stands one requirement per “-”.",
        "Begin each entry with “- ” on its own line.", "- pip: numpy", "- pip:\n    - numpy==2.1.0",
    ),
    error(
        "conda-dependency", "A dependency that is a list", "A dependency is a single line.", "Write one per “-”.",
        "- - numpy", "- numpy=2.1",
    ),
    error(
        "conda-mapping", "A colon where “=” is meant",
        "With a colon and a space YAML reads a mapping, and the version is lost to conda.",
        "Write the dependency as a single word with “=”.", "- python: 3.11", "- python=3.11",
    ),
    error(
        "conda-colon", "A colon is missing before a list", "Without it YAML joins the indented lines into one.",
        "Put a colon behind the word above the list.", "- pip\n  - numpy", "- pip:\n  - numpy",
    ),
    error(
        "conda-spec", "No specification conda can read", "conda would stop with an error of its own.",
        "Write it like numpy=1.26 or numpy>=1.26,<2.", "- numpy>=", "- numpy>=1.26",
    ),
    error(
        "conda-operator", "An operator that does not exist", "conda knows =, ==, !=, >=, <=, >, < and ~=.",
        "Use one of them.", "- numpy=>1.26", "- numpy>=1.26",
    ),
    error(
        "conda-extra", "An extra in a conda dependency", "Extras such as [s3] are known to pip alone.",
        "Move the line to the “pip:” section.", "- dask[complete]", "- pip:\n    - dask[complete]==2026.1.0",
    ),
    error(
        "conda-address", "An address or path as a dependency",
        "A file that is fetched from an address has no channel to be solved and locked against.",
        "Name the package, or move the line to the “pip:” section.",
        "- ./numpy.tar.bz2", "- numpy=2.1",
    ),
    error(
        "conda-channel", "No channel", "A channel is a name such as conda-forge, or a web address.",
        "Give one of the two.", "channels:\n  - ../local", "channels:\n  - conda-forge",
    ),
    error(
        "conda-variables", "Variables that cannot be set",
        "Names of variables hold letters, digits and “_”; values one line.",
        "Write “NAME: value” lines.", "variables:\n  - A", "variables:\n  A: one",
    ),
    warning(
        "conda-key", "Unknown key in a conda file",
        "conda ignores it silently; most often it is a misspelling of a key that matters.",
        "Check its spelling, or remove it.", "dependancies:\n  - numpy", "dependencies:\n  - numpy=2.1",
    ),
    hint(
        "channel-unmirrored", "A channel without a mirror",
        "This site has a mirrors file, which says where channels are really served, and it does not name this one. "
        "Builds look for it at its own address, which a site with mirrors often cannot reach.",
        "Use a channel that the mirrors file names, or have an administrator add this one.",
        "channels:\n  - somebodys-channel", "channels:\n  - conda-forge",
    ),
    hint(
        "conda-prefix", "A prefix of another computer",
        "“conda env export” writes the folder the environment lay in; nobody else has it.",
        "Remove the line.", "prefix: /home/ana/conda/envs/train", "name: train",
    ),
    warning(
        "conda-empty", "No dependency is listed",
        "A conda file without dependencies installs nothing, which is seldom what was meant.",
        "List what you need, or use the base image as it is.", "dependencies: []", "dependencies:\n  - python=3.11",
    ),
    warning(
        "conda-base", "The base environment is changed",
        "conda itself lives in its environment “base”. What is installed over it can break conda, and conflicts with "
        "its packages are hard to see.",
        "Make an environment of your own.", "name: base", "name: train",
    ),
    warning(
        "channels-missing", "No channel is named",
        "Each computer's own configuration would decide where packages come from, so two builds can differ.",
        "Add “channels:” with conda-forge.",
        "dependencies:\n  - numpy=2.1", "channels:\n  - conda-forge\ndependencies:\n  - numpy=2.1",
    ),
    warning(
        "channels-mixed", "defaults and conda-forge are mixed",
        "The two build the same packages with different compilers and libraries; a mixture crashes at run time.",
        "Keep one of the two.",
        "channels: [defaults, conda-forge]", "channels: [conda-forge]",
    ),
    warning(
        "python-missing", "No Python version is asked for",
        "The base image or the newest release decides, and a new Python arrives without anyone asking for it.",
        "Add python=3.11 or the version you need.", "dependencies:\n  - numpy=2.1",
        "dependencies:\n  - python=3.11\n  - numpy=2.1",
    ),
    warning(
        "python-several", "Python is asked for more than once",
        "Both conditions must hold at once, so the shorter list is clearer and the longer one may be unsolvable.",
        "Keep one line.", "- python=3.11\n- python>=3.9", "- python=3.11",
    ),
    warning(
        "python-end-of-life", "Python past its end of life",
        "Its developers close no security holes in it any more, and new releases of packages stop supporting it.",
        "Move to a newer Python when you can.", "- python=3.8", "- python=3.11",
    ),
    hint(
        "python-beside-base", "Another Python than the base image has",
        "pip packages alone go into the Python of the base. For another one conda is needed, and a channel in reach.",
        "Ask for the Python of the base, or choose a base with the Python you ask for.",
        "image: python:3.11-slim\n- python=3.9", "image: python:3.11-slim\n- python=3.11",
    ),
    warning(
        "python-malformed", "No version of Python",
        "A version of Python is numbers with dots. With letters in it conda finds nothing that fits.",
        "Write it like python=3.11 or python>=3.11,<3.13.", "- python=3.x", "- python=3.11",
    ),
    hint(
        "unpinned", "A package without a version",
        "Each new lock may bring another release of it. A version that is built keeps its lock, but the next edit "
        "resolves again.",
        "Write the version you have tested.", "- numpy", "- numpy=2.1",
    ),
    warning(
        "duplicate", "A package is listed twice",
        "Readers of the file change one of the lines and wonder about the other.",
        "Keep one line.", "- numpy=2.1\n- numpy", "- numpy=2.1",
    ),
    warning(
        "duplicate-across", "A package from conda and from pip",
        "pip installs over conda's files, and conda does not know: what is imported depends on the order.",
        "Keep it in one of the two lists.",
        "- numpy=2.1\n- pip:\n    - numpy==2.2", "- numpy=2.1",
    ),
    warning(
        "pip-missing", "pip is not asked for",
        "conda adds pip by itself with a warning, in whichever version it finds.",
        "Add “- pip” to the dependencies.", "- python=3.11\n- pip:\n    - rich==14.0",
        "- python=3.11\n- pip\n- pip:\n    - rich==14.0",
    ),
    hint(
        "pip-unpinned", "pip without a version",
        "pip's own releases have changed how requirements are read and resolved. The studio locks with a resolver of "
        "its own; elsewhere the version of pip counts.",
        "Write the version of pip you use.", "- pip", "- pip=25.3",
    ),
    hint(
        "pip-not-last", "The pip section is not last",
        "conda installs everything of its own first, wherever the section stands, so packages below it are read by "
        "people as if they came after pip's.",
        "Move the “pip:” section to the end.",
        "- pip:\n    - rich==14.0\n- numpy=2.1", "- numpy=2.1\n- pip:\n    - rich==14.0",
    ),
    hint(
        "r-section", "R is not special here",
        "Azure ML's first generation had a section for R. R itself is the conda package r-base, like any other.",
        "Ask for r-base and r-… packages in a version, or use a Dockerfile.",
        "r:\n  version: 4.4", "- r-base=4.4",
    ),
)  # fmt: skip
