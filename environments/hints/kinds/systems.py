"""apt, and everything that is fetched over a network. Texts of apt 2.6, curl, wget, git, urllib3 and uv."""

from environments.hints.model import Rank, kind

APT = (100,)
HOST = r"[A-Za-z0-9_.-]{1,200}"

SYSTEMS = (
    kind(
        "build-apt-package", "apt has nothing called “{name}” in its lists.",
        r"E: Unable to locate package (?P<name>[^\s]{1,100})",
        r"E: Package '(?P<name>[^']{1,100})' has no installation candidate",
        r"E: Couldn't find any package by (?:glob|regex) '(?P<name>[^']{1,100})'",
        exits=APT,
    ),
    kind(
        "build-apt-version", "apt offers “{name}”, but not version {version}.",
        r"E: Version '(?P<version>[^']{1,100})' for '(?P<name>[^']{1,100})' was not found",
        exits=APT,
    ),
    kind(
        "build-apt-stale", "apt's lists name “{file}”, which is no longer there.",
        r"E: Failed to fetch \S{1,300}/(?P<file>[^\s/]{1,200}\.deb) {1,3}404",
        exits=APT, rank=Rank.ROOT,
    ),
    kind(
        "build-apt-source", "A package source of apt is not there: {source}.",
        r"E: The repository '(?P<source>[^']{1,300})' (?:does not have|no longer has) a Release file",
        r"E: Failed to fetch (?P<source>\S{1,300}) {1,3}404",
        exits=APT,
    ),
    kind(
        "build-apt-key", "apt lacks the key that a package source is signed with: {source}.",
        r"E: The repository '(?P<source>[^']{1,300})' is not signed",
        exits=APT,
    ),
    kind(
        "build-apt-unmet", "The packages cannot be installed together.",
        r"E: Unable to correct problems, you have held broken packages",
        r"E: Unmet dependencies\. Try", r"E: Error, pkgProblemResolver::Resolve generated breaks",
        exits=APT,
    ),
    kind(
        "build-apt-asks", "apt would have had to ask, and nobody can answer in a build.",
        r"E: (?:Packages were downgraded|Essential packages were removed|Held packages were changed) and -y was used",
        exits=APT,
    ),
    kind(
        "build-not-root", "Only root may do that, and the step runs as another user.",
        r"E: List directory \S{1,100} is missing\. - Acquire \(13: Permission denied\)",
        r"E: Could not open lock file \S{1,100} - open \(13: Permission denied\)",
        r"E: Unable to (?:lock directory|acquire the dpkg frontend lock) .{0,100}(?:are you root\?|Permission denied)",
        r"E: Unable to lock directory", r"dpkg: error: requested operation requires superuser privilege",
        exits=(100, 2),
    ),
    kind(
        "build-apt-broken", "Setting up a Debian package failed.",
        r"E: Sub-process /usr/bin/dpkg returned an error code \(\d{1,3}\)",
        exits=APT, rank=Rank.SAID,
    ),
    kind(
        "build-host-unknown", "The name “{host}” cannot be looked up from here.",
        rf"(?:curl: \(6\)|fatal: unable to access '[^']{{1,300}}':) Could not resolve host: (?P<host>{HOST})",
        rf"wget: unable to resolve host address ['‘]?(?P<host>{HOST})",
        rf"wget: bad address '(?P<host>{HOST})'",
        rf"ssh: Could not resolve hostname (?P<host>{HOST})",
        rf"[WE]: Failed to fetch \S{{1,300}} {{1,3}}(?:Could not resolve|Temporary failure resolving) "
        rf"'(?P<host>{HOST})'",
        rf"error sending request for url \(https?://(?:[^\s/@]{{1,100}}@)?(?P<host>{HOST})",
        reach=12, rank=Rank.ROOT,
    ),
    kind(
        "build-host-unknown", "A host name cannot be looked up from here.",
        r"(?:\S{1,60}: )?<urlopen error \[Errno -[0-9]\] (?:Name or service not known|Temporary failure in name "
        r"resolution)>",
        r"(?:socket\.gaierror|requests\.exceptions\.ConnectionError): .{0,400}(?:Name or service not known|Temporary "
        r"failure in name)",
        r"WARNING: Retrying \(Retry\(total=0,.{1,500}(?:Name or service not known|Temporary failure in name "
        r"resolution)",
        reach=4, rank=Rank.ROOT,
    ),
    kind(
        "build-host-silent", "A host that was asked does not answer.",
        r"curl: \((?:7|28)\) ", r"wget: can't connect to remote host",
        r"fatal: unable to access .{1,300}: Failed to connect",
        r"WARNING: Retrying \(Retry\(total=0,.{1,300}(?:NewConnectionError|ConnectTimeoutError|ReadTimeoutError"
        r"|RemoteDisconnected|ProxyError)",
        r"(?:pip\._vendor\.urllib3\.exceptions\.)?ReadTimeoutError: ",
        r"(?:\S{1,60}: )?<urlopen error \[Errno 1[01]\d\] ",
        r"[WE]: Failed to fetch \S{1,300} {1,3}(?:Could not connect to|Unable to connect to|Connection timed out)",
        r"ConnectionRefusedError: ", r"tcp connect error",
        reach=12, rank=Rank.ROOT,
    ),
    kind(
        "build-certificate",
        "This image does not trust the certificate of a server that was asked, or has none to check it with.",
        r"curl: \((?:60|77)\) ",
        r".{0,300}(?:CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSLCertVerificationError)",
        r".{0,200}server certificate verification failed",
        r"ERROR: (?:The certificate of|cannot verify) .{1,100}(?:is not trusted|certificate)",
        r"(?:invalid peer certificate|certificate signed by unknown authority)",
        reach=12, rank=Rank.ROOT,
    ),
    kind(
        "build-download-failed", "The server answered {status} to what was asked of it.",
        r"(?:curl: \(22\)|fatal: unable to access '[^']{1,300}':) The requested URL returned error: (?P<status>\d{3})",
        r"(?:\S{1,40} ){0,2}ERROR (?P<status>\d{3}): ", r"wget: server returned error: HTTP/1\.\d (?P<status>\d{3})",
        r"ERROR: HTTP error (?P<status>\d{3}) while getting",
        r"ERROR: .{0,10}Could not install requirement .{1,200} because of HTTP error (?P<status>\d{3})",
        r"urllib\.error\.HTTPError: HTTP Error (?P<status>\d{3})",
        r"HTTP status (?:client|server) error \((?P<status>\d{3}) ",
    ),
    kind(
        "build-signs-in", "What was asked for is given only to who signs in, and a build has nobody who could.",
        r"fatal: could not read (?:Username|Password) for ", r"(?:ERROR: )?User for [^\s]{1,200}:",
        r"Host key verification failed",
        r"git@\S{1,100}: Permission denied \(publickey\)", r"fatal: Authentication failed for ",
        r"(?:To sign in, use a web browser|Please run 'az login')",
        r"azure\.\S{1,60}(?:ClientAuthenticationError|CredentialUnavailableError)",
        reach=40,
    ),
    kind(
        "build-no-git", "A package comes from a Git repository, and git is not there where packages are resolved.",
        r"Git executable not found",
    ),
    kind(
        "build-no-repository", "The Git repository or its branch is not there: {source}.",
        r"fatal: repository '(?P<source>[^']{1,300})' (?:not found|does not exist)",
        r"(?:fatal|error): (?:Remote branch|pathspec) '?(?P<source>[^\s']{1,200})'? (?:not found|did not match)",
    ),
)  # fmt: skip
