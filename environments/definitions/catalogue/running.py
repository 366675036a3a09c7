"""What the programs run into that the steps of builds call."""

from environments.definitions.catalogue.entry import Topic, makers

error, _, _ = makers(Topic.BUILD)

RUNNING = (
    error(
        "build-no-conda", "No conda in the image",
        "The step calls conda, and the base image has none.",
        "Use a base image with conda, or let the studio install conda packages: it needs none in the base.",
        "FROM python:3.11-slim\nRUN conda install numpy", "FROM python:3.11-slim\nRUN pip install numpy",
    ),
    error(
        "build-other-system", "A package manager of another distribution",
        "Every Linux distribution has its own: Debian and Ubuntu apt-get, Alpine apk, Red Hat dnf.",
        "Use the one of the base image, or choose another base image.",
        "FROM debian:bookworm-slim\nRUN yum install -y git",
        "FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y git",
    ),
    error(
        "build-source-in-sh", "A command that only bash knows",
        "The steps of a Dockerfile run in sh unless it says otherwise.",
        "Write SHELL before the step, or use what sh knows: a dot instead of source.",
        "RUN source activate", 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN source activate',
    ),
    error(
        "build-single-quotes", "A list in single quotes",
        "The list form of RUN, CMD and ENTRYPOINT is JSON, which knows only double quotes; anything else is given to "
        "sh.",
        "Write double quotes.", "RUN ['ls', '/']", 'RUN ["ls", "/"]',
    ),
    error(
        "build-no-program", "A program is missing",
        "The step calls a program that is not in the image; slim images have very few.",
        "Install it in a step before, or check the spelling.",
        "RUN git clone …", "RUN apt-get update && apt-get install -y git\nRUN git clone …",
    ),
    error(
        "build-script-not-found", "A script cannot be started",
        "The file is not there, or its first line names a program that is not. A file written on Windows has line ends "
        "that belong to that name.",
        "Check the path and the first line, and save the file with Unix line ends.",
        "#!/bin/bash with Windows line ends", "#!/bin/sh with Unix line ends",
    ),
    error(
        "build-not-executable", "A file that may not be run",
        "Only files marked as executable can be called by their name.",
        "Mark it in a step before, or call its interpreter with it.", "RUN ./install.sh", "RUN sh ./install.sh",
    ),
    error(
        "build-exec-format", "No program for this machine",
        "The file is made for another processor, or is a script without a first line that says how to run it.",
        "Fetch the build for this processor, or begin a script with #!/bin/sh.",
        "a program for arm64", "a program for amd64",
    ),
    error(
        "build-shell-syntax", "The shell cannot read the command",
        "Brackets, quotes and keywords have a meaning for the shell, and here they do not match.",
        "Quote what is meant literally, and close what was opened.",
        "RUN pip install numpy (newest)", "RUN pip install 'numpy>=2'",
    ),
    error(
        "build-no-module", "A Python module is missing",
        "A program of the step imports what is not installed in the Python it runs on.",
        "Add the package that brings it, before the step. Its name may differ from the module's: yaml is in pyyaml.",
        "RUN python -c 'import yaml'", "RUN pip install pyyaml && python -c 'import yaml'",
    ),
    error(
        "build-cannot-import", "A package of another version",
        "The module is there, but the version that is installed has no such part.",
        "Pin the version the program was written for.", "RUN pip install werkzeug", "RUN pip install 'werkzeug<3'",
    ),
    error(
        "build-circular-import", "A module that needs itself",
        "While a module was read, its imports led back to it. Often a file of the project is called like a package, "
        "and is taken for it.",
        "Look at the file that the line names: rename it if it is yours and called like a package. Else break the "
        "circle, by importing inside the function that needs it.",
        "random.py with: import random", "my_random.py with: import random",
    ),
    error(
        "build-numpy-abi", "Compiled for another NumPy",
        "Packages with compiled parts fit the NumPy they were compiled with: those made for 1.x cannot be used with "
        "2.x.",
        "Pin numpy below 2, or take newer versions of the packages that use it.", "numpy\npandas==1.5.3",
        "numpy<2\npandas==1.5.3",
    ),
    error(
        "build-no-shared-library", "A library of the system is missing",
        "The program is there, but not a library of the system that it uses; slim images have few.",
        "Install the package of the distribution that holds it; libGL.so.1 is in libgl1.",
        "RUN pip install opencv-python", "RUN apt-get install -y libgl1 libglib2.0-0\nRUN pip install opencv-python",
    ),
    error(
        "build-glibc", "The system is too old for the program",
        "The program was compiled on a newer system and needs its C or C++ library.",
        "Use a newer base image, or a version of the program that was made for older systems.",
        "FROM debian:buster-slim", "FROM debian:bookworm-slim",
    ),
    error(
        "build-python-syntax", "Python cannot read the program",
        "The program is written for another Python, or has a mistake in it.",
        "Look at the line it names. print without brackets is Python 2.", "print 1", "print(1)",
    ),
    error(
        "build-not-utf8", "A file that is not UTF-8",
        "Text is read as UTF-8, and this file has bytes that mean nothing in it.",
        "Save the file as UTF-8.", "requirements.txt in Latin-1", "requirements.txt in UTF-8",
    ),
    error(
        "build-asks", "A question nobody can answer",
        "A build has no keyboard: a program that asks gets no answer and gives up.",
        "Tell the program beforehand: -y for apt-get and conda, DEBIAN_FRONTEND=noninteractive, --no-input for pip.",
        "RUN apt-get install git", "RUN apt-get install -y git",
    ),
    error(
        "build-no-permission", "Not allowed to read or write there",
        "After USER, steps run as that user, who may write only to folders of their own.",
        "Do it before USER, or give the folder to the user with COPY --chown or chown.",
        "USER app\nRUN pip install six", "RUN pip install six\nUSER app",
    ),
    error(
        "build-no-file", "A file is missing",
        "A step sees only what the base image has and what was copied before it.",
        "COPY it in a line before, and check the path and the WORKDIR.",
        "RUN python train.py", "COPY train.py .\nRUN python train.py",
    ),
    error(
        "build-exists", "It is there already",
        "What the step wants to make was made before, by the base image or a step above.",
        "Leave it out, or use the option that minds nothing, such as mkdir -p.", "RUN mkdir /app", "RUN mkdir -p /app",
    ),
    error(
        "build-bad-archive", "No archive of that kind",
        "What was downloaded or copied is not what it is unpacked as; often it is a page that says why there is none.",
        "Look at the file: fetch it with curl -f, which fails instead of saving an error page.",
        "curl -L … | tar xz", "curl -fL … | tar xz",
    ),
    error(
        "build-no-make-rule", "No Makefile, or no such target",
        "make looks for a Makefile in the folder it runs in, and for the target in it.",
        "COPY the Makefile, change into its folder with WORKDIR, and check the target's name.",
        "RUN make all", "COPY . /src\nWORKDIR /src\nRUN make all",
    ),
    error(
        "build-make-failed", "A command of make failed",
        "make runs what the Makefile says and stops with the first command that fails.",
        "Read the lines above: the command says what it missed.", "all:\n\tfalse", "all:\n\ttrue",
    ),
    error(
        "build-disk-full", "No space left",
        "The step writes more than there is room for where it writes; /dev/shm and /run are small.",
        "Write less, or elsewhere. If the disk of the engine is full, an administrator can remove images.",
        "dd if=/dev/zero of=/dev/shm/big", "dd if=/dev/zero of=/tmp/small count=1",
    ),
    error(
        "build-crashed", "A program crashed",
        "The program ended by a fault of its own or of a library in it.",
        "Try other versions of what it is made of. Programs for other processors crash so as well.",
        "a build of the library for another processor", "one for this processor",
    ),
    error(
        "build-timed-out", "A program took too long",
        "It was stopped by the program timeout, or by a limit of its own.",
        "Look at what it waited for: often that is a host that does not answer. Give it more time if it needs it.",
        "RUN timeout 10 ./download.sh", "RUN timeout 600 ./download.sh",
    ),
    error(
        "build-memory", "Memory ran out",
        "A program asked for more memory than it may have, and ended when it got none.",
        "Let it need less: read files in parts, run fewer things side by side. An administrator sets the limits.",
        "RUN make -j64", "RUN make -j2",
    ),
    error(
        "build-killed", "The step was killed",
        "Something ended it from outside: most often the system, because memory ran out.",
        "Let it need less memory: fewer compilers side by side, smaller parts. An administrator sets the limits.",
        "RUN make -j64", "RUN make -j2",
    ),
    error(
        "build-python-error", "A Python program failed",
        "A program of the step ended with an error that it did not expect.",
        "The last line says what it was, and the lines above where.", "a script with an error", "one without",
    ),
)  # fmt: skip
