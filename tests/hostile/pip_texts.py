"""Hostile requirements."""

from tests.hostile.entry import PIP, Entry

SHA = "sha256:" + "a" * 64


def _each(code: str, line: int | None, **texts: str | bytes) -> list[Entry]:
    return [Entry(name.replace("_", " "), PIP, text, code, line) for name, text in texts.items()]


FILES = [
    *_each(
        "pip-other-file",
        2,
        environment_of_the_server="numpy\n-r /proc/self/environ\n",
        another_file="numpy\n-r ../x\n",
        without_a_space="numpy\n-r/etc/passwd\n",
        long_name="numpy\n--requirement=/etc/passwd\n",
        constraints="numpy\n-c file:///etc/passwd\n",
        password_of_another_file="numpy\n-r https://me:hunter2@example.org/x\n",
        behind_a_flag="numpy\n--pre --constraint /etc/passwd\n",
        behind_a_separator="numpy\n--pre\u2028-r\u2029/etc/passwd\n",
    ),
    *_each("pip-other-file", 3, behind_a_continuation="numpy\n--pre \\\n -r /etc/passwd\n"),
    *_each(
        "pip-editable", 1, this_folder="-e .\n", long_name="--editable=.\n", repository="-e git+https://example.org/x\n"
    ),
    *_each(
        "address-scheme",
        1,
        links_in_a_folder="--find-links /etc\n",
        links_without_a_space="-f/etc\n",
        index_of_files="--index-url file:///etc\n",
        file_address="file:///etc/passwd\n",
        file_without_slashes="file:evil.whl\n",
        named_file="evil @ file:///tmp/evil.whl\n",
        named_file_in_capitals="evil @ FILE:///tmp/evil.whl\n",
        named_path="evil @ ../evil\n",
        over_ssh="git+ssh://example.org/x.git\n",
        git_of_files="git+file:///etc\n",
        named_git_of_files="evil @ git+file:///srv/x\n",
        mercurial="hg+https://example.org/x\n",
        data="evil @ data:text/plain;base64,aWQ=\n",
        program="--index-url=javascript://x\n",
    ),
    *_each(
        "pip-path",
        1,
        here="./evil\n",
        above="../evil\n",
        root="/etc/passwd\n",
        home="~/evil\n",
        windows="C:\\evil.whl\n",
    ),
    *_each(
        "pip-path", 1, wheel="evil-1-py3-none-any.whl\n", network="\\\\server\\evil\n", dot=".\n", extras="./x[a]\n"
    ),
]
SECRETS = [
    *_each(
        "address-credentials",
        1,
        password_of_an_index="-i https://me:hunter2@example.org/simple\n",
        token_of_a_package="evil @ https://hunter2@example.org/x.whl\n",
        git_with_a_token="git+https://hunter2@example.org/x.git\n",
        empty_user="-i https://@example.org/simple\n",
        coded_password="-i https://me%3Ahunter2@example.org/\n",
    ),
    *_each(
        "pip-variable",
        2,
        secret="numpy\nevil==${SECRET_KEY}\n",
        in_an_address="numpy\n-i https://e.org/${STUDIO_TOKEN}\n",
    ),
    *_each("pip-variable", 1, long_variable="${" + "A" * 60_000 + "}\n"),
]
OPTIONS = [
    *_each(
        "pip-option",
        1,
        double_quotes='--index-url "https://example.org -r /etc/passwd"\n',
        backslash="--index-url https://example.org\\ -r\n",
        unknown="--config-settings=x=y\n",
        after_a_requirement="numpy --config-settings=x=y\n",
        index_after_a_requirement="numpy --index-url https://example.org\n",
        target="--target /etc\n",
        proxy="--proxy http://127.0.0.1\n",
        certificate="--cert /etc/passwd\n",
        program="--python /bin/sh\n",
        long_option="--" + "a" * 60_000 + "\n",
        shortened="--req /etc/passwd\n",
        without_a_value="--index-url\n",
    ),
    *_each("pip-other-file", 2, quote_in_a_continuation='--pre \\\n"-r" x\n'),
    *_each("pip-other-file", 1, quoted_option='-"r" /etc/passwd\n'),
    Entry("single quotes", PIP, "--index-url 'https://example.org'\n", reads=("--index-url https://example.org",)),
    *_each(
        "pip-hash", 1, short_hash="numpy==1 --hash=sha256:abc\n", long_hash="numpy==1 --hash=sha256:" + "a" * 65 + "\n"
    ),
]
UNREADABLE = [
    *_each(
        "pip-requirement",
        1,
        brackets_without_end="a; " + "(" * 900 + "os_name=='x'" + ")" * 900 + "\n",
        brackets_in_extras="a" + "[" * 900 + "]" * 900 + "\n",
        sixty_kilobytes="a" * 60_000 + "\n",
        extras=f"a[{','.join(f'e{number}' for number in range(9_000))}]\n",
        looks_alike="num\u0440y==1\n",
        wide_letters="ｎumpy==1\n",
        backwards="numpy==1\u202e\n",
        unseen="num\u200bpy\n",
        two="numpy evil\n",
        shell="numpy; $(id)\n",
        semicolons="numpy" + ";" * 1_000 + "\n",
        operators="a" + "<>" * 900 + "1\n",
        commas="a==1" + ",," * 900 + "\n",
        dots="a=" + "=1" + ".1" * 900 + "x!\n",
    ),
    *_each("pip-single-equals", 1, equals="a=" + "1" * 1_500 + "\n"),
    *_each("too-long", None, one_line="a" * 100_000, continued="a \\\n" * 20_000),
    *_each("forbidden-character", 2, nul="numpy\n\0\n", colour="numpy\n\x1b[31mx\n", next_line="numpy\nx\x85-r y\n"),
    *_each("forbidden-character", 1, surrogate="numpy\udc80\n", form_feed="numpy\x0c-r /etc/passwd\n"),
    Entry("utf16", PIP, "numpy\n".encode("utf-16"), reads=("numpy",)),
    *_each("not-utf8", 1, latin=b"caf\xe9\n"),
    *_each("conda-file", 1, conda="dependencies: [numpy]\n", named="name : x\ndependencies:\n"),
    *_each(
        "address",
        1,
        no_host="-i https://\n",
        backwards="-i https://example.org/\u202e\n",
        letters="x @ https://\u00e9.org/x\n",
    ),
    *_each("address", 1, long="-i https://example.org/" + "a" * 2_000 + "\n", brackets="-i https://[::1/\n"),
]
LINES = tuple(f"package-{number}" for number in range(4_000))
TAGS = ".".join(f"t{number}" for number in range(150))
WHEEL = f"https://example.org/evil-1-{TAGS}-{TAGS}-{TAGS}.whl"
READ = [
    Entry("comment that is none", PIP, "x @ https://e.org/x.whl#-r=y\n", reads=("x @ https://e.org/x.whl#-r=y",)),
    Entry("comment that continues", PIP, "numpy \\\n# -r x \\\nscipy\n", reads=("numpy", "scipy")),
    Entry("ends in a backslash", PIP, "numpy \\", reads=("numpy",)),
    Entry("bom and returns", PIP, b"\xef\xbb\xbfnumpy\r\nscipy\rpandas", reads=("numpy", "scipy", "pandas")),
    Entry("thousands", PIP, "\n".join(LINES), reads=LINES),
    Entry("one option thousands of times", PIP, "--pre \\\n" * 8_000, reads=("--pre",) * 8_000),
    Entry("wheel of a million tags", PIP, WHEEL, reads=(WHEEL,)),
    Entry("hashes", PIP, f"a==1{f' --hash={SHA}' * 700}\n", reads=(f"a==1{f' --hash={SHA}' * 700}",)),
    Entry(
        "fifty brackets",
        PIP,
        "a; " + "(" * 50 + "os_name=='x'" + ")" * 50,
        reads=("a; " + "(" * 50 + "os_name=='x'" + ")" * 50,),
    ),
    Entry("small variable", PIP, "--trusted-host ${home}\n", reads=("--trusted-host ${home}",)),
]

ENTRIES = [*FILES, *SECRETS, *OPTIONS, *UNREADABLE, *READ]
