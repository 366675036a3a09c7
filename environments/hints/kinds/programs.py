"""Programs in a step: the shell, Python, make."""

from environments.hints.model import EXCEPTION, Rank, kind

SHELL = r"(?:/\S{0,40}/)?(?:[a-z]{0,3}sh|environment): (?:-c: )?(?:line )?(?:\d{1,6}: ?|\d{1,6}: \S{1,80}: )?"
CRASH = r"(?:Segmentation fault|Aborted|Bus error|Illegal instruction)"
FILE = r"[^'\"\n]{1,200}"

PROGRAMS = (
    kind(
        "build-no-conda", "The step calls conda, which is not in this image.",
        SHELL + r"(?:conda|mamba|micromamba|activate): (?:command )?not found",
        r"CommandNotFoundError: Your shell has not been properly configured to use 'conda activate'",
        exits=(127, 1),
    ),
    kind(
        "build-other-system", "“{command}” belongs to another Linux distribution than the one of this image.",
        SHELL + r"(?P<command>apt-get|apt|apk|yum|dnf|microdnf|zypper|pacman): (?:command )?not found",
        exits=(127,),
    ),
    kind(
        "build-source-in-sh", "Steps run in sh, which does not know “{command}”; bash does.",
        SHELL + r"(?P<command>source|pushd|popd|shopt|declare|\[\[): not found",
        SHELL + r"(?:set: )?Illegal option -o (?P<command>pipefail)",
        exits=(127, 2),
    ),
    kind(
        "build-single-quotes", "“{command}” was run as a program, because the list is not written in double quotes.",
        SHELL + r"(?P<command>\[[^\s:]{1,80}): (?:command )?not found",
        exits=(127,),
    ),
    kind(
        "build-no-program", "The step calls “{command}”, which is not in this image.",
        SHELL + r"(?P<command>[A-Za-z0-9_][A-Za-z0-9_.+-]{0,80}): (?:command )?not found",
        r"(?:runc run failed: )?(?:unable to start container process: )?exec: \"(?P<command>[^\"]{1,100})\": "
        r"executable file not found",
        r"(?:/usr/bin/)?env: ['‘]?(?P<command>[A-Za-z0-9_.+-]{1,80})['’]?: No such file",
        r"ERROR: Cannot find command '(?P<command>[^']{1,40})'",
        r"FileNotFoundError: \[Errno 2\] No such file or directory: '(?P<command>[A-Za-z0-9_+-]{1,60})'",
        r"make: (?P<command>[A-Za-z0-9_.+-]{1,80}): No such file or directory",
        exits=(127, 1, 2),
    ),
    kind(
        "build-script-not-found",
        "“{file}” cannot be started: it is not there, or its first line names a program that is not.",
        SHELL + r"(?P<file>[./][^\s:]{0,200}): (?:not found|No such file or directory)",
        SHELL + r"(?P<file>[./][^\s:]{0,200}): .{0,80}(?:bad interpreter|cannot execute: required file not found)",
        r"(?:/usr/bin/)?env: ['‘]?(?P<file>[A-Za-z0-9_.+-]{1,80})\\r['’]?: No such file",
        exits=(127, 126, 1),
    ),
    kind(
        "build-not-executable", "“{file}” is not marked as a program that can be run.",
        SHELL + r"(?P<file>[./][^\s:]{0,200}): Permission denied",
        r".{0,80}exec: \"(?P<file>[^\"]{1,200})\": permission denied",
        exits=(126, 1),
    ),
    kind(
        "build-exec-format", "“{file}” is no program for this machine's processor, or lacks its first line.",
        SHELL + r"(?P<file>[^\s:]{1,200}): (?:cannot execute binary file: )?Exec format error",
        r"(?:standard_init_linux\.go:\d{1,4}: )?exec (?P<file>\S{1,200}): exec format error",
        exits=(126, 1, 2, 255),
    ),
    kind(
        "build-shell-syntax", "The shell cannot read the step's command: {said}.",
        SHELL + r"(?P<said>[Ss]yntax error:? .{1,120})",
        exits=(2, 1),
    ),
    kind(
        "build-no-module", "Python looked for a module “{module}”, which is not installed.",
        r"(?:\S{1,60}: )?(?:ModuleNotFoundError|ImportError): No module named '?(?P<module>[A-Za-z0-9_.]{1,120})",
        r"\S{0,60}python[0-9.]{0,5}: No module named (?P<module>[A-Za-z0-9_.]{1,120})",
        exits=(1,),
    ),
    kind(
        "build-circular-import", "“{file}” is taken for the module “{module}”.",
        r"(?:ImportError: cannot import name '[^']{1,80}' from|AttributeError: module) '(?P<module>[^']{1,120})' "
        r"(?:has no attribute '[^']{1,80}' )?\(consider renaming '(?P<file>[^']{1,200})'",
        exits=(1,),
    ),
    kind(
        "build-circular-import", "“{module}” led back to itself before “{name}” was defined in it.",
        r"ImportError: cannot import name '(?P<name>[^']{1,80})' from partially initialized module "
        r"'(?P<module>[^']{1,120})'",
        r"AttributeError: partially initialized module '(?P<module>[^']{1,120})' has no attribute "
        r"'(?P<name>[^']{1,80})'",
        exits=(1,),
    ),
    kind(
        "build-cannot-import", "“{module}” is installed, but in a version without “{name}”.",
        r"ImportError: cannot import name '(?P<name>[^']{1,80})' from '(?P<module>[^']{1,120})'",
        r"AttributeError: module '(?P<module>[^']{1,120})' has no attribute '(?P<name>[^']{1,80})'",
        exits=(1,),
    ),
    kind(
        "build-numpy-abi", "A package was compiled for another NumPy than the one that is installed.",
        r"A module that was compiled using NumPy 1\.x cannot be run in",
        r"(?:ValueError: )numpy\.(?:dtype|ndarray) size changed, may indicate binary incompatibility",
        r"(?:ImportError: )?numpy\.core\.multiarray failed to import",
        exits=(1,), reach=60,
    ),
    kind(
        "build-no-shared-library", "A program needs the shared library “{file}”, which is not in this image.",
        r"(?:ImportError|OSError|[^:]{1,100}: error while loading shared libraries): "
        r"(?P<file>[A-Za-z0-9_.+-]{1,100}\.so[0-9.]{0,20}): "
        r"cannot open shared object file",
    ),
    kind(
        "build-glibc", "A program needs a newer system than this image is: {version}.",
        r".{1,200}: version `(?P<version>(?:GLIBC|GLIBCXX|CXXABI)_[0-9.]{1,10})' not found",
    ),
    kind(
        "build-python-syntax", "Python cannot read the program: {said}.",
        r"(?:SyntaxError|IndentationError|TabError): (?P<said>[^.?]{1,150})",
        exits=(1,),
    ),
    kind(
        "build-not-utf8", "A file is not written in UTF-8.",
        r"UnicodeDecodeError: '(?:utf-8|ascii)' codec can't decode",
        r"(?:error: )?stream did not contain valid UTF-8",
        exits=(1, 2),
    ),
    kind(
        "build-asks", "Something asked a question in the middle of the build, where nobody can answer.",
        r"(?:.{0,80} )?\[Y/n\] (?:Abort\.)?$", r"Do you want to continue\? \[Y/n\] Abort",
        r"EOFError(?:: EOF when reading a line)?$", r"(?:\S{1,20} )?Proceed \(\[y\]/n\)\? ?$",
        r"(?:termios\.error|getpass\.GetPassWarning):",
        exits=(1, 2),
    ),
    kind(
        "build-no-permission", "The step's user may not write or read “{file}”.",
        rf"(?:ERROR: Could not install packages due to an OSError: )?(?:PermissionError: )?\[Errno 13\] Permission "
        rf"denied: '(?P<file>{FILE})'",
        r"[a-z]{1,20}: (?:cannot|can't) .{1,60}?['‘](?P<file>[^'’]{1,200})['’]: Permission denied",
        SHELL + r"cannot create (?P<file>[^\s:]{1,200}): Permission denied",
    ),
    kind(
        "build-no-file", "“{file}” is not in the image at that step.",
        rf"\S{{0,60}}python[0-9.]{{0,5}}: can't open file '(?P<file>{FILE})'",
        rf"FileNotFoundError: \[Errno 2\] No such file or directory: '(?P<file>{FILE})'",
        r"[a-z]{1,20}: (?:cannot (?:stat|access|open|remove|create directory)|can't open|cannot find) "
        r"['‘]?(?P<file>[^'’:]{1,200})['’]?(?: "
        r"for reading)?: No such file",
        SHELL + r"(?:cd: )?(?:line \d{1,4}: )?(?:can't cd to|cannot open|cd:) (?P<file>[^\s:]{1,200})(?::|$)",
        r"(?:cat|tar|bash|sh|sed|grep|head|tail|chmod|chown|unzip): (?P<file>[^\s:]{1,200}): (?:Cannot open: )?No "
        r"such file",
        r"(?:unzip: {1,3})?cannot find or open (?P<file>[^\s,]{1,200}),",
        exits=(1, 2, 9),
    ),
    kind(
        "build-exists", "“{file}” is there already.",
        r"[a-z]{1,20}: (?:cannot create directory|failed to create symbolic link) ['‘](?P<file>[^'’]{1,200})['’]: "
        r"File exists",
        r"(?:useradd|groupadd|adduser|addgroup): (?:user|group|The user|The group) [`'‘](?P<file>[^'’]{1,60})['’] "
        r"already exists",
        exits=(1, 9),
    ),
    kind(
        "build-unknown-user", "The image has no user “{user}”.",
        r"chown: (?:invalid user: |unknown user/group |invalid group: )['‘]?(?P<user>[^'’\s]{1,60})",
        r"su: user (?P<user>\S{1,60}) does not exist", r"usermod: user '(?P<user>[^']{1,60})' does not exist",
        exits=(1, 6),
    ),
    kind(
        "build-memory", "A program wanted more memory than it was given.",
        r"MemoryError(?=:|$)", r".{0,200}(?:Cannot allocate memory|can't allocate memory|std::bad_alloc)['’)]?(?=:|$)",
        exits=(1, 2, 134), rank=Rank.SAID,
    ),
    kind(
        "build-killed", "Something killed a program of the step: most often that is the system, when memory runs out.",
        r"\S{1,60}: fatal error: Killed signal terminated program",
        r"Killed$", r"\S{1,40}: line \d{1,5}: {1,8}\d{1,8} Killed\b",
        exits=(1, 2, 137), rank=Rank.SAID, reach=10,
    ),
    kind(
        "build-bad-archive", "What should be unpacked is no archive of that kind.",
        r"gzip: stdin: not in gzip format", r"tar: This does not look like a tar archive",
        r"End-of-central-directory signature not found",
        r"(?:xz|bzip2): \S{1,200}: (?:File format not recognized|.{0,20}not a bzip2 file)",
        exits=(1, 2, 9),
    ),
    kind(
        "build-no-make-rule", "make knows no way to “{target}”: the Makefile is not there, or names it otherwise.",
        r"g?make(?:\[\d\])?: \*\*\* No rule to make target ['‘](?P<target>[^'’]{1,100})['’]",
        r"g?make(?:\[\d\])?: \*\*\* No targets specified and no (?P<target>makefile) found",
        exits=(2,),
    ),
    kind(
        "build-disk-full", "Where the step writes, no space is left.",
        r".{0,300}No space left on device(?=[:).]|$| \(os error)",
        reach=60,
    ),
    kind(
        "build-crashed", "A program crashed.",
        rf"{CRASH}(?: \(core dumped\))?$", rf".{{0,100}}: line \d{{1,4}}: +\d{{1,7}} {CRASH}\b",
        exits=(132, 134, 135, 139), rank=Rank.SAID,
    ),
    kind(
        "build-make-failed", "make stopped because one of its commands failed.",
        r"g?make(?:\[\d\])?: \*\*\* \[.{1,200}\] Error \d{1,3}",
        exits=(2,), rank=Rank.ENDING,
    ),
    kind(
        "build-python-error", "A Python program of the step ended with “{said}”.",
        rf"(?P<said>(?!subprocess\.CalledProcessError){EXCEPTION}(?:: .{{1,200}})?)",
        exits=(1,), rank=Rank.SAID, reach=5,
    ),
    kind(
        "build-python-error", "A Python program of the step ended with “{said}”.",
        rf"(?P<said>{EXCEPTION}(?:: .{{1,200}})?)",
        exits=(1,), rank=Rank.ENDING, reach=5,
    ),
)  # fmt: skip
