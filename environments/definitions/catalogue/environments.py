"""Environment files and the names in them."""

from environments.definitions.catalogue.entry import Topic, makers

error, warning, hint = makers(Topic.ENVIRONMENT)

ENVIRONMENTS = (
    error(
        "no-environment", "No environment file",
        "An environment file is a mapping of keys such as name and image. A list says nothing of that.",
        "Begin with “name:” and say with “image:” or “build:” what it is made from.",
        "- numpy", "name: train\nimage: python:3.11-slim",
    ),
    error(
        "unknown-key", "Unknown key",
        "A key that nobody reads is most often a misspelling, and what it should have said would silently be missing.",
        "Correct its spelling, or remove it.",
        "imge: python:3.11-slim", "image: python:3.11-slim",
    ),
    error(
        "no-image", "Neither image nor build",
        "Every environment is made from something: an image that exists, or a folder with a Dockerfile.",
        "Add “image: …”, or “build:” with a “path:” below it.",
        "name: train", "name: train\nimage: python:3.11-slim",
    ),
    error(
        "image-and-build", "Several ways to make the image",
        "With both an image and a build context it is undecided which of the two the environment stands for.",
        "Keep “image” for a base image, or “build” for a context.",
        "image: python:3.11-slim\nbuild:\n  path: .", "build:\n  path: .",
    ),
    error(
        "packages-and-build", "Packages beside a build context",
        "A build context is built as its Dockerfile says; a list of packages beside it would be installed by nobody.",
        "Install the packages in the Dockerfile, or name a base image instead of the context.",
        "build:\n  path: .\nconda_file: conda.yml", "image: python:3.11-slim\nconda_file: conda.yml",
    ),
    error(
        "conda-and-pip", "Two lists of packages",
        "A conda file and a requirements file would each be installed without knowing of the other.",
        "List the requirements under “pip:” in the conda file.",
        "conda_file: conda.yml\nrequirements_file: requirements.txt", "conda_file: conda.yml",
    ),
    error(
        "packages-text", "Packages are neither path nor text",
        "The value must be the path of a file, or its whole text.",
        "Name the file, or write its text after “|”.",
        "requirements_file:\n  - numpy", "requirements_file: |\n  numpy==2.1.0",
    ),
    error(
        "file-missing", "A file is missing",
        "The environment file names another file that was not sent along, so what it asks for is unknown.",
        "Send the file beside it, or write its text in its place after “|”.",
        "conda_file: missing.yml", "conda_file: |\n  dependencies:\n    - python=3.11",
    ),
    error(
        "build-path", "The build context's folder is missing",
        "Without its path nobody knows which folder holds the Dockerfile and what it copies.",
        "Name the folder as “path”; “.” is the folder of the environment file.",
        "build:\n  dockerfile_path: Dockerfile", "build:\n  path: .\n  dockerfile_path: Dockerfile",
    ),
    error(
        "build-address", "The build context is an address",
        "A context that is fetched later can be another one by then, and the studio would fetch what strangers name.",
        "Send its files along, and name their folder as “path”.",
        "build:\n  path: https://example.org/context.zip", "build:\n  path: context",
    ),
    error(
        "os-type", "Unknown operating system",
        "Environments are for Linux or for Windows.", "Write linux or windows, or leave it out for Linux.",
        "os_type: macos", "os_type: linux",
    ),
    error(
        "port", "No port", "A route is served at a TCP port, a number from 1 to 65535.", "Write such a number.",
        "port: http", "port: 5001",
    ),
    error(
        "path-outside", "A path leaves the folder",
        "Only the folder of the environment file is sent; nothing outside of it exists where the file is read.",
        "Move the file below that folder, and use “/” between the parts of its path.",
        "conda_file: ../conda.yml", "conda_file: conda.yml",
    ),
    error(
        "not-a-text", "A list where a value is meant", "This key holds a single value.", "Write it in one line.",
        "image:\n  - python:3.11-slim", "image: python:3.11-slim",
    ),
    error(
        "not-a-mapping", "A value where a mapping is meant", "This key holds “name: value” lines.",
        "Write them below it, indented.",
        "build: .", "build:\n  path: .",
    ),
    error(
        "name-missing", "The name is missing", "An environment is found again by its name.", "Give it one.",
        "image: python:3.11-slim", "name: train\nimage: python:3.11-slim",
    ),
    error(
        "name-too-long", "The name is too long", "Azure ML and this studio take names of up to 255 characters.",
        "Shorten it.", "name: a-name-of-300-characters-…", "name: train",
    ),
    error(
        "name-invalid", "The name holds what no name may",
        "Names become parts of addresses and of image names, which know fewer characters.",
        "Use letters, digits, “.”, “_” and “-”, beginning with a letter or digit and not ending in a dot.",
        "name: my env!", "name: my-env",
    ),
    error(
        "name-reserved", "The name is kept for curated environments",
        "Names beginning with “AzureML-” or “Microsoft” tell people that an environment is maintained for them.",
        "Choose another beginning. To alter a curated environment, start a new one from it.",
        "name: AzureML-mine", "name: mine",
    ),
    error(
        "version-missing", "The version is missing", "A version is pointed to by its name.",
        "Give one, or leave the key out for the next number.", 'version: ""', 'version: "2"',
    ),
    error(
        "version-too-long", "The version's name is too long", "A version's name has up to 100 characters.",
        "Shorten it.", "version: a-name-of-200-characters-…", "version: 2026-11",
    ),
    error(
        "version-invalid", "The version's name holds what no name may",
        "It becomes part of addresses and of image names, which know fewer characters.",
        "Use letters, digits, “.”, “_” and “-”, beginning with a letter or digit.",
        "version: 1/2", "version: 1.2",
    ),
    warning(
        "os-windows", "The environment is for Windows",
        "The engines this studio builds with make Linux images. The definition is kept and can be built elsewhere.",
        "Choose Linux to build it here.",
        "os_type: windows", "os_type: linux",
    ),
)  # fmt: skip
