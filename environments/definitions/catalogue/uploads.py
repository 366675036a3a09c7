"""Build contexts: typed files and zips."""

from environments.definitions.catalogue.entry import Topic, makers

error, warning, hint = makers(Topic.CONTEXT)

UPLOADS = (
    error(
        "context-missing", "The build context is missing",
        "The environment file names a folder, and nothing of it was sent.",
        "Send a zip that holds environment.yml and that folder.",
        "environment.yml alone", "a zip: environment.yml, context/Dockerfile",
    ),
    error(
        "no-dockerfile", "No Dockerfile in the context",
        "The Dockerfile is not where it should lie, so nobody knows how to build the image.",
        "Add it, or say where in the context it lies.",
        "files: docker/Dockerfile", "dockerfile_path: docker/Dockerfile",
    ),
    error(
        "upload-missing", "Nothing was uploaded", "Without files there is nothing to build.",
        "Choose a zip, or write the files here.", "no file chosen", "context.zip",
    ),
    error(
        "context-too-large", "The files are too large together",
        "A context is kept with its version for good. Data belongs into storage that a job mounts.",
        "Upload fewer or smaller files.", "data/training.parquet, 400 MB", "Dockerfile, train.py",
    ),
    error(
        "dockerignore-too-long", "The .dockerignore is too long",
        "Every pattern is tried on every file, so their number and length are bounded.",
        "Name folders instead of single files.", "data/1.csv\ndata/2.csv\n…", "data/",
    ),
    error(
        "path", "A path that is not taken",
        "Absolute paths, “..” and backslashes would reach out of the folder on some computers.",
        "Pack the archive again from inside the folder.", "../../etc/passwd", "app/main.py",
    ),
    error(
        "path-twice", "Two files of one name",
        "Some computers do not tell capital letters apart, and one of the files would be lost there.",
        "Rename or remove one of them.", "README.md, readme.md", "README.md",
    ),
    error(
        "zip-too-large", "The archive is too large", "Uploads are read in memory, up to 64 MB.",
        "Leave large data out of the context.", "context.zip, 200 MB", "context.zip, 2 MB",
    ),
    error(
        "zip-broken", "No zip archive, or a damaged one", "It cannot be unpacked.", "Pack it again as a zip.",
        "context.tar.gz", "context.zip",
    ),
    error(
        "zip-too-many", "Too many files", "At most 5,000 files are taken; a forgotten .git or node_modules has more.",
        "Leave out folders the image does not need.", "node_modules/…", "package.json",
    ),
    error(
        "zip-link", "A symbolic link", "A link can point outside of the archive, or at nothing where it is unpacked.",
        "Put the file itself in its place.", "data -> /data", "data/file.csv",
    ),
    error(
        "zip-special", "No regular file", "Devices, pipes and sockets mean nothing in a build context.",
        "Leave it out.", "a named pipe", "a file",
    ),
    error(
        "zip-encrypted", "An encrypted entry", "The studio keeps no passwords of archives.",
        "Pack the archive without a password.", "zip -e context.zip .", "zip -r context.zip .",
    ),
    error(
        "zip-method", "An unusual way of packing", "Only the two methods every zip program knows are read.",
        "Pack the archive as an ordinary zip.", "packed with LZMA", "packed with Deflate",
    ),
    error(
        "zip-bomb", "The archive expands too far",
        "A small archive can unpack to terabytes. What comes out is counted, whatever the archive says of itself.",
        "Leave out files of zeros or repeated text.", "zeros.bin, 10 GB", "model.py",
    ),
)  # fmt: skip
