"""pip requirements."""

from environments.definitions.catalogue.entry import Topic, makers

error, warning, hint = makers(Topic.PIP)

PIP = (
    error(
        "pip-requirement", "No requirement pip can read", "pip would stop with an error of its own.",
        "Write it like numpy==1.26.4 or numpy>=1.26,<2, one per line.", "numpy 1.26", "numpy==1.26.4",
    ),
    error(
        "pip-single-equals", "A single equals sign", "One equals sign is conda's way; pip reads two.",
        "Use two equals signs.", "numpy=1.26.4", "numpy==1.26.4",
    ),
    error(
        "pip-hash", "A hash that cannot be right", "Its length does not fit the algorithm, so no file can match it.",
        "Copy it again from the index.", "numpy==2.1.0 --hash=sha256:12ab", "numpy==2.1.0 --hash=sha256:<64 digits>",
    ),
    error(
        "pip-option", "An option that cannot be used here",
        "Only options that name indexes or choose among files are taken; others would steer builds on the server.",
        "Remove it.", "--no-deps", "--index-url https://example.org/simple",
    ),
    error(
        "pip-other-file", "Another file is read", "The other file is no part of the definition, so it could change.",
        "Copy its lines here.", "-r base.txt", "numpy==2.1.0",
    ),
    error(
        "pip-circle", "Files that name each other", "Read in place, they would never come to an end.",
        "Remove one of the two lines.", "-r base.txt (and in base.txt: -r requirements.txt)", "-r base.txt",
    ),
    error(
        "pip-too-many-files", "Too many files inside each other", "The work of reading a definition is bounded.",
        "Put their lines together in one file.", "-r a.txt (which names b.txt, and so on)", "numpy==2.1.0",
    ),
    error(
        "pip-constraint", "A constraint on an extra",
        "A constraint limits the versions of a package, not of its extras.",
        "Write the name without brackets.", "-c dask[array]<2025", "-c dask<2025",
    ),
    error(
        "pip-editable", "Installed from a folder", "A definition holds no folders of source code.",
        "Name a published package, or use a Docker build context.", "-e .", "mypackage==1.0",
    ),
    error(
        "pip-path", "A path", "A definition reaches for no file of the server.",
        "Name a published package, or use a Docker build context.", "./mypackage.whl", "mypackage==1.0",
    ),
    error(
        "pip-variable", "A variable is to be filled in",
        "No variable of the server reaches a build: it could be a password, and change from day to day.",
        "Write the value, without passwords.",
        "--index-url https://${HOST}/simple", "--index-url https://example.org/simple",
    ),
    error(
        "address", "No web address", "It cannot be reached as it is written.", "Write it like https://example.org/simple.",
        "--index-url https://", "--index-url https://example.org/simple",
    ),
    error(
        "address-scheme", "Not reached over the web",
        "Files of the server and ssh keys are out of reach for a definition.",
        "Use an https address.", "--index-url file:///srv/simple", "--index-url https://example.org/simple",
    ),
    warning(
        "index-http", "An index without encryption",
        "Anyone on the way can change what is installed, and it will run with the rights of the build.",
        "Use its https address.", "--index-url http://example.org/simple", "--index-url https://example.org/simple",
    ),
    warning(
        "trusted-host", "Certificates are not to be checked",
        "The option is not heeded here: a certificate is what tells your index from a stranger's.",
        "Remove it; an administrator can trust a site's own certificate authority.",
        "--trusted-host example.org", "--index-url https://example.org/simple",
    ),
    hint(
        "extra-index", "A second index",
        "A name that is missing on your own index may be registered by a stranger on the other one, and the higher "
        "version wins.",
        "Use one index that mirrors what you need.",
        "--extra-index-url https://example.org/simple", "--index-url https://example.org/simple",
    ),
)  # fmt: skip
