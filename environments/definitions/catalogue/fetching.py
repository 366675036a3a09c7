"""What builds run into with apt, the network, the Dockerfile itself and the images it names."""

from environments.definitions.catalogue.entry import Topic, makers

error, _, _ = makers(Topic.BUILD)

FETCHING = (
    error(
        "build-apt-package", "No such Debian package",
        "The name is not in apt's lists: they were not fetched in this step, it is misspelled, or it is called "
        "otherwise "
        "in this release.",
        "Check the name for the release of the base image.",
        "RUN apt-get install -y curl", "RUN apt-get update && apt-get install -y curl",
    ),
    error(
        "build-apt-version", "apt has another version",
        "Distributions keep only the newest version of a package in a release.",
        "Leave the version out, or write one that apt-cache policy lists.", "apt-get install -y curl=1.0",
        "apt-get install -y curl",
    ),
    error(
        "build-apt-stale", "apt's lists are out of date",
        "The lists were fetched a while ago, in an earlier step or in the base image, and newer files have taken the "
        "place of those they name.",
        "Run apt-get update in the step that installs, so that both are done anew together.",
        "RUN apt-get update\nRUN apt-get install -y curl", "RUN apt-get update && apt-get install -y curl",
    ),
    error(
        "build-apt-source", "A package source that is not there",
        "The address has no such release; those of old releases move to an archive.",
        "Check the release name, or use a base image whose release is still kept.",
        "deb http://debian.example.com/debian nosuch main", "deb http://debian.example.com/debian bookworm main",
    ),
    error(
        "build-apt-key", "A package source without its key",
        "apt takes packages only from sources whose signature it can check.",
        "Fetch the source's key and name it with signed-by.",
        "deb http://example.com/apt stable main",
        "deb [signed-by=/etc/apt/keyrings/example.asc] http://example.com/apt stable main",
    ),
    error(
        "build-apt-unmet", "Debian packages that exclude each other",
        "One of the packages needs a version of another that cannot be installed here.",
        "Do not mix sources of different releases, and leave versions out.",
        "a source of trixie on bookworm", "sources of one release",
    ),
    error(
        "build-apt-asks", "apt had a question",
        "apt would have had to remove or replace something important, and asks before it does.",
        "Say so with the option it names, if it is meant.", "apt-get install -y old=1.0",
        "apt-get install -y --allow-downgrades old=1.0",
    ),
    error(
        "build-not-root", "Only root may install",
        "After USER, steps run as that user, and only root may use apt.",
        "Write USER root before the step, and the user again after it.",
        "USER app\nRUN apt-get update", "USER root\nRUN apt-get update\nUSER app",
    ),
    error(
        "build-apt-broken", "A Debian package could not be set up",
        "dpkg unpacked it, and a script in it failed.",
        "Read the lines above: the script says what it missed.", "a script that fails", "a script that does not",
    ),
    error(
        "build-host-unknown", "A host name that is not known",
        "The name cannot be looked up: it is misspelled, or builds here cannot reach the internet.",
        "Check the address. An administrator can say in the mirrors file what is served where, and whether builds "
        "have a network.",
        "--index-url https://pypi.exmaple.com/simple", "--index-url https://pypi.example.com/simple",
    ),
    error(
        "build-host-silent", "A host that does not answer",
        "The address cannot be reached from a build: nothing listens there, or the network does not let it through.",
        "Check address and port, and build again later. An administrator knows what builds may reach.",
        "--index-url http://127.0.0.1:9/simple", "--index-url https://pypi.example.com/simple",
    ),
    error(
        "build-certificate", "A certificate that is not trusted",
        "The server shows a certificate that this image does not trust: its authority is not installed, or a proxy "
        "shows its own.",
        "Install ca-certificates, and the authority of your site if it has one.",
        "FROM debian:bookworm-slim\nRUN curl https://…", "RUN apt-get update && apt-get install -y ca-certificates",
    ),
    error(
        "build-download-failed", "A download that was refused",
        "The server was reached and did not give what was asked for: 404 is not there, 401 and 403 are not for "
        "everybody.",
        "Check the address. What needs a password cannot be fetched in a build; put it into the context.",
        "https://example.com/v1/old.tgz", "https://example.com/v2/new.tgz",
    ),
    error(
        "build-signs-in", "Somebody would have to sign in",
        "What was asked for is given only to people with a password or a key, and builds have neither.",
        "Use an address that is open, or put the files into the build context.",
        "git+https://example.com/private.git", "COPY private ./private",
    ),
    error(
        "build-no-git", "Packages from Git need git",
        "The package is fetched from a Git repository, and the base image has no git.",
        "Use a base image with git, an archive of the repository instead, or a Dockerfile that installs git first.",
        "x @ git+https://example.com/x.git", "x @ https://example.com/x/archive/v1.tar.gz",
    ),
    error(
        "build-no-repository", "No such repository or branch",
        "The address is reached, but there is no repository or no branch of that name for everybody.",
        "Check the address and the name of the branch or tag.",
        "git clone --branch mian …", "git clone --branch main …",
    ),
    error(
        "build-unknown-instruction", "No Dockerfile instruction",
        "A line of the Dockerfile begins with a word that is none. Lines of a script belong to RUN only if each but "
        "the "
        "last ends in a backslash.",
        "Correct the word, or join the lines.", "RUN python <<'E'\nimport os",
        "COPY prepare.py .\nRUN python prepare.py",
    ),
    error(
        "build-unknown-flag", "A flag that is not known",
        "The instruction has a flag that this builder does not know.",
        "Check the spelling of the flag and of its type.", "RUN --mont=type=cache …",
        "RUN --mount=type=cache,target=/c …",
    ),
    error(
        "build-bad-dockerfile", "The Dockerfile cannot be read",
        "An instruction lacks something, or has too much.", "Correct the line it names.", "COPY x", "COPY x /app/",
    ),
    error(
        "build-no-dockerfile", "No Dockerfile",
        "The Dockerfile is not where the definition says.", "Add it, or change its path.", "docker/Dockerfile",
        "Dockerfile",
    ),
    error(
        "build-not-in-context", "A file that is not in the context",
        "COPY and ADD take only what lies in the build context, and nothing that .dockerignore leaves out.",
        "Add the file to the context, or correct the path. Paths begin at the context's top.",
        "COPY ../data /data", "COPY data /data",
    ),
    error(
        "build-not-in-stage", "A file that is not in that stage",
        "COPY --from takes from another stage or image, and there is nothing at that path.",
        "Check the path: it begins at the root of that stage.",
        "COPY --from=build app /app", "COPY --from=build /src/app /app",
    ),
    error(
        "build-needs-secret", "A secret that is not there",
        "Builds here are given no secrets and no SSH keys.",
        "Do without: put what it fetches into the context, or use an address that is open.",
        "RUN --mount=type=secret,id=token …", "COPY wheels /wheels",
    ),
    error(
        "build-unknown-user", "No such user in the image",
        "USER names somebody the image does not know.", "Make the user in a step before.",
        "USER app", "RUN useradd app\nUSER app",
    ),
    error(
        "build-image-name", "No name of an image",
        "Names of images have small letters, digits, dots, dashes and slashes.",
        "Correct the name after FROM or in the field.", "FROM Python:3.11", "FROM python:3.11",
    ),
    error(
        "build-image-processor", "An image for another processor",
        "The registry has the image, but not for the processor of this machine.",
        "Choose an image or a tag that is made for it.", "an image for arm64", "an image for amd64",
    ),
    error(
        "build-image-credentials", "An image that is not for everybody",
        "The registry asks for credentials, and the engine has none for it.",
        "Choose a public image, or ask an administrator to sign the engine in.",
        "FROM registry.example.com/private:1", "FROM python:3.11-slim",
    ),
    error(
        "build-no-such-image", "No such image",
        "The registry knows no image of that name and tag, or shows it only to who signs in.",
        "Check the name and the tag.", "FROM python:3.111-slim", "FROM python:3.11-slim",
    ),
    error(
        "build-registry", "The registry cannot be reached",
        "The image is not in the engine, and the registry its name stands for does not answer.",
        "Check the name: one without a dot before the slash means Docker Hub, and a stage must stand above the line "
        "that "
        "copies from it. An administrator can say in the mirrors file where images are served.",
        "COPY --from=biuld /app /app", "COPY --from=build /app /app",
    ),
    error(
        "build-engine-disk", "The engine's disk is full",
        "There is no room for another layer.", "An administrator can remove images that are not needed.",
        "0 bytes left", "20 GB left",
    ),
)  # fmt: skip
