"""Dockerfiles."""

from environments.definitions.catalogue.entry import Topic, makers

error, warning, hint = makers(Topic.DOCKERFILE)

DOCKERFILES = (
    error(
        "dockerfile-instruction", "Unknown instruction", "The build would stop at this line.",
        "Check the spelling, and the “\\” of the line above.", "INSTALL git", "RUN apt-get install -y git",
    ),
    error(
        "dockerfile-arguments", "An instruction without arguments", "It says nothing of what it is to work on.",
        "Write it behind the instruction.", "WORKDIR", "WORKDIR /app",
    ),
    error(
        "dockerfile-no-from", "No FROM", "Every image starts from another one, or from scratch.",
        "Begin the Dockerfile with FROM and an image.", "RUN id", "FROM python:3.11-slim\nRUN id",
    ),
    error(
        "dockerfile-before-from", "An instruction before FROM", "Only ARG may stand there; there is no image yet.",
        "Move it below FROM.", "RUN id\nFROM python:3.11-slim", "FROM python:3.11-slim\nRUN id",
    ),
    error(
        "dockerfile-from", "FROM cannot be read", "FROM takes an image and, if wanted, AS and a name.",
        "Write it like FROM python:3.11-slim AS build.", "FROM python 3.11", "FROM python:3.11-slim AS build",
    ),
    error(
        "dockerfile-from-variable", "The base image is a variable without a value",
        "The studio finds the base image before the build, to record its digest.",
        "Give it a default with ARG above FROM.", "ARG BASE\nFROM $BASE", "ARG BASE=python:3.11-slim\nFROM $BASE",
    ),
    error(
        "dockerfile-frontend", "A foreign Dockerfile frontend",
        "A “# syntax” line names a program that is fetched and runs the whole build; it could do anything.",
        "Remove the line; the built-in frontend is used.",
        "# syntax=example/frontend", "FROM python:3.11-slim",
    ),
    error(
        "dockerfile-escape", "An escape directive that comes too late",
        "Engines disagree on whether they heed it, so the file would mean different things.",
        "Move it to the first line, or remove it.", "FROM a\n# escape=`", "# escape=`\nFROM a",
    ),
    error(
        "dockerfile-add", "ADD of an address",
        "The engine itself would fetch it, outside of the build's sandbox and network rules.",
        "COPY files of the context; fetch the rest in a RUN.",
        "ADD https://example.org/a.tar /a.tar", "RUN curl -fsSLo /a.tar https://example.org/a.tar",
    ),
    error(
        "dockerfile-flag", "A flag in disguise",
        "Quotes and escapes in flags are read differently by different engines.",
        "Write flags in plain letters, without quotes.", 'COPY --"from"=build /a /a', "COPY --from=build /a /a",
    ),
    error(
        "dockerfile-security", "A privileged RUN", "It would have the rights of the engine's host.", "Remove the flag.",
        "RUN --security=insecure id", "RUN id",
    ),
    error(
        "dockerfile-network", "The host's network in a RUN", "It would reach what only the engine's host may reach.",
        "Remove the flag.", "RUN --network=host id", "RUN id",
    ),
    error(
        "dockerfile-device", "A device in a RUN", "It would reach hardware of the engine's host.", "Remove the flag.",
        "RUN --device=nvidia.com/gpu=all id", "RUN id",
    ),
    error(
        "dockerfile-mount", "A mount that cannot be read safely",
        "Mounts are kept apart between workspaces, which needs their parts to be plain.",
        "Write each of its parts once, without variables.",
        "RUN --mount=type=$T,target=/c id", "RUN --mount=type=cache,target=/c id",
    ),
    error(
        "dockerfile-heredoc", "A here-document without a clear end",
        "Some engines would run its lines as instructions.", "Name it EOF, and end it with a line EOF.",
        "RUN <<RUN\nid", "RUN <<EOF\nid\nEOF",
    ),
    error(
        "dockerfile-too-long", "Too many instructions",
        "Each instruction is a step and a layer; engines stop at a few hundred.",
        "Put commands together into one RUN, or into a script.",
        "501 lines of RUN", "COPY setup.sh /\nRUN sh /setup.sh",
    ),
    warning(
        "dockerfile-large", "A large Dockerfile", "Azure ML refuses Dockerfiles over 100 kB.",
        "Move scripts into files of the context.", "RUN echo '… 100 kB …' > /setup.sh", "COPY setup.sh /setup.sh",
    ),
    warning(
        "dockerfile-redirect", "A version condition that the shell takes for a redirection",
        "Without quotes “numpy>=1.2” means: install any numpy, and write what pip says into a file named “=1.2”.",
        "Put the requirement in quotes.", "RUN pip install numpy>=1.2", 'RUN pip install "numpy>=1.2"',
    ),
    warning(
        "conda-activate", "conda activate in a RUN",
        "Every RUN is a shell of its own in which conda has not been set up: the command fails, or has no effect on "
        "the lines below.",
        "Use conda run -n NAME …, or put the environment's bin folder on PATH with ENV.",
        "RUN conda activate train && pip install rich", "RUN conda run -n train pip install rich",
    ),
    warning(
        "conda-asks", "conda waits for an answer",
        "Without -y conda asks whether to proceed; in a build nobody answers, and it stops.",
        "Add -y.", "RUN conda install numpy", "RUN conda install -y numpy",
    ),
    hint(
        "upgrade-all", "Everything is upgraded",
        "What an upgrade brings depends on the day of the build, and its files are kept twice in the image.",
        "Move to a newer base image, and name the packages you need.",
        "RUN apt-get update && apt-get upgrade -y", "FROM python:3.11-slim-trixie",
    ),
    hint(
        "apt-lists", "apt's package lists stay in the image",
        "They are some 20 to 50 MB, out of date within days and of no use at run time.",
        "End the line with && rm -rf /var/lib/apt/lists/*.",
        "RUN apt-get update && apt-get install -y git",
        "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*",
    ),
    hint(
        "root-user", "The container runs as root",
        "A program that breaks out of its rights, or a mistake in a script, can then change everything in the "
        "container and in folders mounted into it.",
        "End with USER and a name.", "FROM python:3.11-slim", "FROM python:3.11-slim\nRUN useradd app\nUSER app",
    ),
    warning(
        "hadolint", "A finding of hadolint",
        "hadolint is a widely used checker of Dockerfiles; it also reads the shell lines in them with ShellCheck. Its "
        "findings are shown as a second opinion, under its own codes (DL… and SC…), at most as warnings. What the "
        "studio's own rules say is left out. A comment “# hadolint ignore=DL3008” above a line silences a rule.",
        "Follow what the finding says, or silence it where you know better.",
        "RUN apt-get install git", "# hadolint ignore=DL3008\nRUN apt-get install -y git",
    ),
    hint(
        "second-opinion-missing", "hadolint did not answer",
        "The second opinion on Dockerfiles is missing this time: the program is not installed, or took too long. "
        "Everything else was checked.",
        "Check again; if it stays so, tell an administrator.", "hadolint is missing", "hadolint answered",
    ),
    error(
        "build-arg-name", "A build argument that cannot be given",
        "Its name is none that an ARG can have, or one that the builder itself takes for an order.",
        "Use letters, digits and “_”, and leave names such as BUILDKIT_… and HTTP_PROXY to the builder.",
        "args:\n  BUILDKIT_SYNTAX: docker/dockerfile:1", "args:\n  CUDA_VERSION: \"12.4\"",
    ),
    error(
        "build-arg-value", "A value of a build argument that is too long or no line of text",
        "It is handed over in one line, and kept in the image's history.",
        "Put it into a file of the context.", "args:\n  CONFIG: \"a long text …\"", "COPY config.toml /app/",
    ),
    error(
        "build-arg-many", "Too many build arguments", "Nobody can tell any more what the image depends on.",
        "Write defaults into the Dockerfile, or a file into the context.",
        "args:\n  A1: x\n  …\n  A51: x", "ARG A1=x",
    ),
    error(
        "copy-missing", "A file that is not in the context", "The build would stop at this line.",
        "Add the file, take it out of .dockerignore, or correct its path, which begins at the top of the context.",
        "COPY src/train.py /app/\n# files: train.py", "COPY train.py /app/\n# files: train.py",
    ),
    warning(
        "copy-nothing", "A pattern that no file fits", "The line copies nothing, and no step says so.",
        "Check the spelling.", "COPY *.py /app/\n# files: Train.PY", "COPY *.PY /app/\n# files: Train.PY",
    ),
    warning(
        "build-arg-undeclared", "A build argument without its ARG",
        "No step can read it: the Dockerfile has no ARG of that name.",
        "Declare it where it is used, or leave it out.",
        "FROM python:3.11-slim\nRUN echo $CUDA", "FROM python:3.11-slim\nARG CUDA\nRUN echo $CUDA",
    ),
)  # fmt: skip
