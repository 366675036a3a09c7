"""What builds run into when packages are installed or compiled; environments/hints/ reads it off their logs."""

from environments.definitions.catalogue.entry import Topic, makers

error, _, _ = makers(Topic.BUILD)

INSTALLING = (
    error(
        "build-no-such-package", "No package of that name",
        "None of the indexes that were asked has a package of that name, or none of them answered.",
        "Check the spelling in the definition. Add the index it is in, if that is another than the usual one.",
        "pip install nmpy", "pip install numpy",
    ),
    error(
        "build-empty-index", "The index has nothing of it",
        "The index that was asked offers no file of a package that the usual indexes have: it did not answer, it does "
        "not hold the package, or it has none for this Python and system.",
        "Check its address in the definition, and whether the package is made for this Python. An administrator can "
        "say in the mirrors file where indexes are served.",
        "--index-url https://pypi.exmaple.com/simple", "--index-url https://pypi.example.com/simple",
    ),
    error(
        "build-no-such-version", "No such version",
        "The package is there, but not in a version that fits what is asked for.",
        "Ask for a version that exists, or for a range. The index's page of the package lists them.",
        "numpy==99", "numpy>=2,<3",
    ),
    error(
        "build-no-version-found", "Nothing that fits was found",
        "The index offers no file of this package that fits the request, the Python and the system.",
        "Check the name and the version. If both are right, the index could not be reached or asks for another Python.",
        "mypackage==1.0", "mypackage>=1.0",
    ),
    error(
        "build-other-python", "Made for another Python",
        "The version asked for is there, but not for the Python of this image.",
        "Choose another version of the package, or a base image with the Python it is made for.",
        "FROM python:3.11-slim\nRUN pip install tensorflow==2.5.0",
        "FROM python:3.9-slim\nRUN pip install tensorflow==2.5.0",
    ),
    error(
        "build-python-asked", "The base image has another Python",
        "A file without other conda packages is installed into the Python of the base image, which is of another "
        "version.",
        "Choose a base image with that Python, or ask for the version it has.",
        "image: python:3.11-slim, python=3.8", "image: python:3.8-slim, python=3.8",
    ),
    error(
        "build-no-wheel", "Nothing ready to install for this system",
        "The package has no file that can be installed here as it is, and compiling it is not allowed or not possible.",
        "Choose another version, or allow it to be built from source.",
        "--only-binary :all:\ndocopt==0.6.2", "docopt==0.6.2",
    ),
    error(
        "build-conflict", "Packages that exclude each other",
        "Two of the packages need versions of a third that cannot both be there.",
        "Loosen one of the pinned versions, or ask for versions that were made together.",
        "requests==2.31.0\nurllib3==1.20", "requests==2.31.0\nurllib3<3",
    ),
    error(
        "build-bad-requirement", "A requirement that cannot be read",
        "What follows the name is no version in pip's notation.",
        "Write == for an exact version and >= for a lowest one.", "numpy=1.26", "numpy==1.26",
    ),
    error(
        "build-path-missing", "A path where nothing is",
        "A name with a slash, or one that ends in .whl, is taken for a file, and there is none in the image.",
        "COPY the files before the step that installs them, and check the path.",
        "RUN pip install ./app", "COPY app ./app\nRUN pip install ./app",
    ),
    error(
        "build-no-requirements-file", "The requirements file is not there",
        "A step sees only what was copied into the image before it.",
        "COPY the file before the step that reads it.",
        "RUN pip install -r requirements.txt", "COPY requirements.txt .\nRUN pip install -r requirements.txt",
    ),
    error(
        "build-wheel-name", "No name of a wheel",
        "pip reads from the name of a wheel what it is and where it fits, so a wheel cannot be renamed.",
        "Give the file the name it was built with.", "app.whl", "app-1.0-py3-none-any.whl",
    ),
    error(
        "build-wheel-platform", "A wheel for another Python or system",
        "The name of the wheel says for which Python and system it was built, and this image has others.",
        "Use the wheel for this Python and processor, or a base image that it fits.",
        "app-1.0-cp27-none-any.whl", "app-1.0-cp311-cp311-linux_x86_64.whl",
    ),
    error(
        "build-wheel-broken", "A damaged wheel",
        "The file cannot be unpacked as a wheel: it is cut off, empty or something else.",
        "Put the wheel into the context again. A file kept by Git LFS may be only a pointer.",
        "app-1.0-py3-none-any.whl, 0 bytes", "app-1.0-py3-none-any.whl, 40 KB",
    ),
    error(
        "build-not-installable", "No Python project",
        "pip installs a folder only if it holds a pyproject.toml or a setup.py.",
        "Name the folder that holds one, or only COPY files that need no installation.",
        "RUN pip install .", "COPY pyproject.toml src .\nRUN pip install .",
    ),
    error(
        "build-hash-mismatch", "Another file than was locked",
        "The file that was downloaded is not the one whose hash was written down.",
        "Find out why it changed before you write the new hash down: a release is not meant to change.",
        "six==1.16.0 --hash=sha256:0000…", "six==1.16.0 --hash=sha256:8abb2f1d…",
    ),
    error(
        "build-hash-missing", "Hashes for some, none for others",
        "Once one requirement has a hash, pip wants an exact version and a hash for every package.",
        "Lock all of them with hashes, or none.", "six==1.16.0 --hash=…\nidna",
        "six==1.16.0 --hash=…\nidna==3.7 --hash=…",
    ),
    error(
        "build-externally-managed", "The distribution's own Python",
        "This Python belongs to the Linux distribution, whose packages pip is not to change.",
        "Install into a virtual environment, or use a base image made for Python.",
        "RUN pip install numpy", "RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install numpy",
    ),
    error(
        "build-cannot-uninstall", "An installed package is in the way",
        "The package was not installed by pip, so pip does not know which files to remove.",
        "Install into a virtual environment, or let pip put its version beside it with --ignore-installed.",
        "pip install blinker", "pip install --ignore-installed blinker",
    ),
    error(
        "build-renamed", "The package has another name",
        "The name on the index is only there to tell people that the package is called otherwise.",
        "Write its real name into the definition.", "sklearn", "scikit-learn",
    ),
    error(
        "build-no-venv", "uv asks for a virtual environment",
        "uv installs into the Python of the system only if it is told to.",
        "Add --system, or make a virtual environment first.", "RUN uv pip install six",
        "RUN uv pip install --system six",
    ),
    error(
        "build-wrong-option", "An option or a command that is not known",
        "The tool stopped before it did anything, because it does not know what was written.",
        "Check the spelling; the option may need a newer version of the tool.",
        "RUN apt-get instal -y git", "RUN apt-get install -y git",
    ),
    error(
        "build-no-conda-package", "No such conda package",
        "None of the channels that were asked has a package of that name and version for this system.",
        "Check the spelling, and add the channel it is in. A package that only the pip index has belongs under pip.",
        "dependencies:\n  - nmpy", "dependencies:\n  - numpy",
    ),
    error(
        "build-conda-system", "Made for another kind of machine",
        "The package asks for what the base image and the machine do not have, such as CUDA for __cuda.",
        "Choose a base image that has it, or the variant of the package that does without.",
        "image: python:3.11-slim, pytorch-gpu", "image: python:3.11-slim, pytorch-cpu",
    ),
    error(
        "build-conda-conflict", "Conda packages that exclude each other",
        "No choice of versions in these channels satisfies everything at once; the solver's tree says what meets "
        "where.",
        "Loosen one of the versions the tree names, or leave one of the packages out.",
        "- click<8.1\n- typer>=0.16", "- click\n- typer>=0.16",
    ),
    error(
        "build-no-channel", "A channel that cannot be read",
        "The channel does not exist, does not answer, or answers only to who signs in.",
        "Check its name. An administrator can say in the mirrors file where it is served.",
        "channels: [conda-frge]", "channels: [conda-forge]",
    ),
    error(
        "build-channel-unreachable", "A channel whose host cannot be reached",
        "The engine cannot look up the host that serves the channel, or gets no connection to it: it has no way to "
        "the internet, or the name is misspelled.",
        "Use a mirror, which an administrator names in the mirrors file (docs/operating.md), or check the channel's "
        "name.",
        "channels: [https://conda.exmaple.com/main]", "channels: [https://conda.example.com/main]",
    ),
    error(
        "build-no-compiler", "No compiler",
        "The package comes as source and is compiled where it is installed, and this image has no compiler.",
        "Ask for a version that comes ready built, or install build-essential and python3-dev before it.",
        "RUN pip install psutil==5.9.0",
        "RUN apt-get update && apt-get install -y build-essential python3-dev\nRUN pip install psutil==5.9.0",
    ),
    error(
        "build-no-header", "A header file is missing",
        "The compiler is there, but not the header files of something the package is built on.",
        "Install the package of the distribution whose name ends in -dev; Python.h is in python3-dev.",
        "RUN pip install pyaudio", "RUN apt-get install -y portaudio19-dev\nRUN pip install pyaudio",
    ),
    error(
        "build-no-linked-library", "A library to link with is missing",
        "The compiler is there, but not a library that the package is linked with.",
        "Install the package of the distribution that holds it; its name mostly ends in -dev.",
        "RUN pip install mysqlclient", "RUN apt-get install -y libmysqlclient-dev\nRUN pip install mysqlclient",
    ),
    error(
        "build-no-rust", "No Rust compiler",
        "The package comes as source, and a part of it is written in Rust.",
        "Ask for a version that comes ready built for this Python, or install rustc and cargo before it.",
        "cryptography==41.0.0 on a Python without a wheel", "cryptography>=42",
    ),
    error(
        "build-no-library", "What the package is built on is missing",
        "The package is compiled against a library whose development files are not in the image.",
        "Install them with apt, or choose a package that brings the library along, such as psycopg2-binary.",
        "RUN pip install psycopg2", "RUN pip install psycopg2-binary",
    ),
    error(
        "build-no-mpi", "No MPI to compile with",
        "mpi4py and horovod are compiled against the MPI of the image, and it has none.",
        "Use a base image with Open MPI, or install libopenmpi-dev before it.",
        "RUN pip install mpi4py", "RUN apt-get install -y libopenmpi-dev\nRUN pip install mpi4py",
    ),
    error(
        "build-no-cmake", "No CMake",
        "The package is built with CMake, which is not in the image.",
        "Install cmake and build-essential before it, or ask for a version that comes ready built.",
        "RUN pip install dlib", "RUN apt-get install -y cmake build-essential\nRUN pip install dlib",
    ),
    error(
        "build-old-source", "A package too old for its tools",
        "It comes from a time when setuptools and Python had more in them, and is built or runs with newer ones here.",
        "Ask for a newer version, which also comes ready built. Where it only imports pkg_resources, pin "
        "setuptools<81.",
        "numpy==1.19.5 on Python 3.12", "numpy==1.26.4 on Python 3.12",
    ),
    error(
        "build-compile-error", "Compiling failed",
        "The package comes as source, and the compiler stopped with an error.",
        "Read the lines above: they say what it missed. A version that comes ready built avoids it.",
        "a version without wheels", "a version with wheels",
    ),
    error(
        "build-wheel-failed", "Building a package failed",
        "The package comes as source, and its own program that builds it stopped with an error.",
        "Read the lines above. Often another version comes ready built for this Python.",
        "functools32 on Python 3", "a version made for this Python",
    ),
)  # fmt: skip
