"""Hostile YAML: conda files, MLflow's python_env.yaml and environment files."""

from environments.definitions.model import Conda
from tests.hostile.entry import CONDA, ENVIRONMENT, Entry

MANY = 30_000
ALIASES = "a: &a [x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HUGE = "9" * 400
PACKAGES = tuple(f"package-{number}" for number in range(4_000))


def _conda(*dependencies: str, **others: object) -> Conda:
    return Conda(dependencies=dependencies, **others)  # type: ignore[arg-type]


def _each(kind: str, code: str, line: int | None, **texts: str | bytes) -> list[Entry]:
    """Texts that are all refused for one reason at one line."""
    return [Entry(name.replace("_", " "), kind, text, code, line) for name, text in texts.items()]


NESTED = _each(
    CONDA,
    "too-deep",
    1,
    thirty_thousand_lists="[" * MANY,
    thirty_thousand_mappings="{" * MANY,
    thirty_thousand_dashes="- " * MANY,
    thirty_thousand_questions="? " * MANY,
    closed_again="[" * MANY + "]" * MANY,
    below_a_key="dependencies: " + "[" * MANY,
    mixed="[{" * 15_000,
    quoted_keys='{"a":' * 10_000,
)
EXPANDED = [
    *_each(CONDA, "too-many-entries", 6, bomb_of_aliases=ALIASES),
    *_each(CONDA, "yaml-alias", 1, anchor_within_itself="dependencies: &a [*a]\n"),
    *_each(CONDA, "yaml-alias", 2, alias_of_nothing="channels: [x]\ndependencies: *none\n"),
    Entry("a long anchor", CONDA, "dependencies: &" + "a" * 50_000 + " [x]\n", reads=_conda("x")),
    *_each(CONDA, "yaml-merge", 1, merge_key="<<: {dependencies: [numpy]}\n"),
    *_each(CONDA, "yaml-merge", 2, merge_key_below="variables:\n  <<: {PATH: /evil}\ndependencies: [numpy]\n"),
]
TAGGED = [
    *_each(
        CONDA,
        "yaml-tag",
        1,
        a_call="dependencies: !!python/object/apply:os.system [id]\n",
        a_new_object="dependencies: !!python/object/new:subprocess.Popen [[id]]\n",
        a_name="!!python/name:os.system\n",
        a_module="dependencies: !!python/module:os\n",
        binary="dependencies: !!binary aWQ=\n",
        own_tag="dependencies: !x [numpy]\n",
        whole_tag="dependencies: !<tag:yaml.org,2002:python/object/apply:os.system> [id]\n",
    ),
    *_each(
        CONDA,
        "yaml-tag",
        3,
        short_tag="%TAG ! tag:yaml.org,2002:python/\n---\ndependencies: !object/apply:os.system [id]\n",
    ),
]
TOLD_TWICE = [
    *_each(CONDA, "duplicate-key", 2, second_list="dependencies: [numpy]\ndependencies: [evil]\n"),
    *_each(CONDA, "duplicate-key", 3, quoted_differently="variables:\n  A: x\n  'A': y\ndependencies: []\n"),
    *_each(CONDA, "several-documents", 3, second_document="---\ndependencies: [numpy]\n---\ndependencies: [evil]\n"),
    *_each(CONDA, "several-documents", 3, behind_an_end="dependencies: [numpy]\n...\n---\ndependencies: [evil]\n"),
]
UNREADABLE = [
    *_each(CONDA, "too-many-entries", 1, flat_list="dependencies: [" + "a," * MANY + "]\n"),
    *_each(CONDA, "too-many-entries", 1, flat_mapping="{" + ",".join(f"a{number}" for number in range(10_000)) + "}"),
    *_each(CONDA, "too-long", None, sixty_five_kilobytes="# x\n" * 16_385, one_line="#" + "x" * 100_000),
    *_each(CONDA, "forbidden-character", 2, nul="dependencies:\n- numpy\0\n", lone_surrogate="a: b\nx: \ud800\n"),
    *_each(
        CONDA,
        "forbidden-character",
        1,
        escaped_nul='dependencies: ["numpy\\0"]\n',
        escaped_colour='dependencies: ["\\e[31mnumpy"]\n',
        next_line="dependencies: [numpy]\x85",
        bell="name: \x07\n",
        half_a_mark="name: \ufffe\n",
    ),
    Entry("utf16", CONDA, "dependencies: [numpy]\n".encode("utf-16"), reads=_conda("numpy")),
    Entry("tagged key", CONDA, "!!str dependencies: [numpy]\n", reads=_conda("numpy")),
    *_each(CONDA, "not-utf8", 1, latin=b"name: caf\xe9\n"),
    *_each(CONDA, "not-utf8", 1, overlong=b"name: \xc0\xaf\n", utf32="dependencies: []".encode("utf-32")),
    *_each(CONDA, "yaml-syntax", 2, tab="dependencies:\n\t- numpy\n", second_bom="name: x\n@: y\n"),
    *_each(
        CONDA,
        "yaml-syntax",
        1,
        open_quote="dependencies: ['numpy\n" + "x\n" * 20_000,
        version_nine="%YAML 9.9\n---\n{}",
    ),
    *_each(CONDA, "yaml-syntax", 1, escaped_surrogate='dependencies: ["\\uDC80"]\n'),
    *_each(CONDA, "yaml-syntax", 1, a_key_of_fifty_kilobytes="dependencies" + "s" * 50_000 + ": []\n"),
    *_each(CONDA, "empty", None, only_comments="# dependencies: [numpy]\n" * 2_000, only_null="~\n"),
    *_each(CONDA, "yaml-key", 1, list_as_key="? [dependencies]\n: [numpy]\n"),
    *_each(CONDA, "yaml-key", 2, mapping_as_key="dependencies:\n- {{ template }}\n"),
]
NO_CONDA = [
    *_each(
        CONDA, "no-conda-file", 1, number_as_key="1: [numpy]\n", truth_as_key="yes: [numpy]\n", words="just words\n"
    ),
    *_each(CONDA, "dependencies-list", 1, sixty_kilobytes_of_block="dependencies: |\n" + " numpy\n" * 9_000),
    *_each(CONDA, "conda-mapping", 2, float_that_is_a_version="dependencies:\n- python: 3.10\n"),
    *_each(CONDA, "conda-mapping", 2, long_mapping="dependencies:\n- " + "k" * 1_000 + ": " + "v" * 50_000 + "\n"),
    *_each(
        CONDA,
        "conda-spec",
        2,
        fifty_kilobytes_of_name=f"dependencies:\n- {'a' * 50_000}\n",
        two_lines='dependencies:\n- "numpy\\nevil"\n',
        carriage_return='dependencies:\n- "numpy\\revil"\n',
        written_backwards="dependencies:\n- numpy\u202e\n",
        unseen="dependencies:\n- num\u200bpy\n",
        many_commas="dependencies:\n- numpy" + ">1," * 160 + "\n",
    ),
    *_each(CONDA, "conda-dependency", 2, list_in_the_list="dependencies:\n- [numpy]\n"),
    *_each(
        CONDA, "conda-address", 2, path="dependencies:\n- /etc/passwd\n", file="dependencies:\n- file:///etc/x.conda\n"
    ),
    *_each(CONDA, "address-scheme", 1, channel_of_files="channels: ['file:///etc']\ndependencies: [a]\n"),
    *_each(
        CONDA, "address-credentials", 1, password="channels: ['https://me:hunter2@example.org/x']\ndependencies: [a]\n"
    ),
    *_each(CONDA, "conda-channel", 1, channel_outside="channels: [a/../../etc]\ndependencies: [a]\n"),
    *_each(CONDA, "conda-channel", 1, option_as_channel="channels: ['--override-channels']\ndependencies: [a]\n"),
    *_each(
        CONDA,
        "conda-variables",
        2,
        variable_of_two_lines='variables:\n  A: "x\\nUSER root"\ndependencies: []\n',
        variable_with_a_return='variables:\n  A: "x\\rUSER root"\ndependencies: []\n',
        instruction_as_variable='variables:\n  "A=1\\nUSER root": x\ndependencies: []\n',
        variable_of_many_letters=f"variables:\n  {'A' * 1_000}: x\ndependencies: []\n",
    ),
    *_each(CONDA, "pip-other-file", 3, environment_of_the_server="dependencies:\n- pip:\n  - -r /proc/self/environ\n"),
    *_each(CONDA, "requirements-file", 1, requirements="numpy==1.26.4\n", option="--pre\nnumpy\n"),
    *_each(CONDA, "azure-file", 1, environment="image: python:3.11\nconda_file: {dependencies: [numpy]}\nname: x\n"),
    *_each(
        CONDA,
        "pip-other-file",
        5,
        mlflow="python: 3.10.13\nbuild_dependencies:\n- pip\ndependencies:\n- -r /etc/passwd\n",
    ),
    Entry(
        "mlflow of lists",
        CONDA,
        "build_dependencies: [" + "a," * 8_000 + "]\n",
        reads=Conda(channels=("conda-forge",), dependencies=("python", "pip"), pip=("a",) * 8_000),
    ),
]
READ_AS_CONDA = [
    Entry("versions stay", CONDA, "dependencies: [python=3.10]\n", reads=_conda("python=3.10")),
    Entry("no is a name", CONDA, "name: no\ndependencies: [no, yes, on]\n", reads=_conda("no", "yes", "on")),
    *_each(CONDA, "conda-spec", 1, huge_number=f"dependencies: [a={HUGE}]\n"),
    Entry("bom and returns", CONDA, b"\xef\xbb\xbfdependencies:\r\n- numpy\r\n", reads=_conda("numpy")),
    Entry(
        "truths",
        CONDA,
        "variables: {A: no, B: 0o17, C: 1e9}\ndependencies: []\n",
        reads=_conda(variables={"A": "no", "B": "0o17", "C": "1e9"}),
    ),
    Entry(
        "dollars",
        CONDA,
        "variables:\n  A: '$(id) ${PATH} \\\" `id`'\ndependencies: []\n",
        reads=_conda(variables={"A": '$(id) ${PATH} \\" `id`'}),
    ),
    Entry(
        "sixty kilobytes",
        CONDA,
        "dependencies:\n" + "".join(f"- {name}\n" for name in PACKAGES),
        reads=_conda(*PACKAGES),
    ),
]

BUILT = "name: x\nbuild:\n  path: {path}\n  dockerfile_path: {dockerfile}\n"
ENVIRONMENTS = [
    *_each(ENVIRONMENT, "too-deep", 1, nested="[" * MANY, nested_below="tags: " + "{a: " * 10_000),
    *_each(ENVIRONMENT, "too-many-entries", 6, aliases=ALIASES),
    *_each(ENVIRONMENT, "yaml-tag", 1, call="name: !!python/object/apply:os.system [id]\nimage: a\n"),
    *_each(ENVIRONMENT, "empty", None, nothing="# nothing\n"),
    *_each(ENVIRONMENT, "no-environment", 1, a_list="- name\n", a_word="environment\n"),
    *_each(ENVIRONMENT, "conda-file", 1, conda_file="name: x\ndependencies: [numpy]\n"),
    *_each(ENVIRONMENT, "unknown-key", 3, build_arguments="name: x\nimage: a\nbuild_args: {BUILDKIT_SYNTAX: evil/x}\n"),
    *_each(
        ENVIRONMENT,
        "build-arg-name",
        4,
        arguments_of_build="name: x\nbuild:\n  path: .\n  args: {BUILDKIT_SYNTAX: e}\n",
    ),
    *_each(ENVIRONMENT, "unknown-key", 4, network="name: x\nbuild:\n  path: .\n  network: host\n"),
    *_each(ENVIRONMENT, "unknown-key", 3, long_key="name: x\nimage: a\n" + "k" * 1_000 + ": x\n"),
    *_each(ENVIRONMENT, "unknown-key", 1, thousands_of_keys="".join(f"key{number}: x\n" for number in range(4_000))),
    *_each(
        ENVIRONMENT,
        "path-outside",
        3,
        folder_above=BUILT.format(path="../..", dockerfile="Dockerfile"),
        folder_of_the_server=BUILT.format(path="/etc", dockerfile="Dockerfile"),
        roundabout=BUILT.format(path="a/../../b", dockerfile="Dockerfile"),
        backslashes=BUILT.format(path="..\\b", dockerfile="Dockerfile"),
        conda_file_above="name: x\nimage: a\nconda_file: ../../etc/passwd\n",
        requirements_of_the_server="name: x\nimage: a\nrequirements_file: /proc/self/environ\n",
    ),
    *_each(ENVIRONMENT, "path-outside", 4, dockerfile_above=BUILT.format(path=".", dockerfile="../Dockerfile")),
    *_each(ENVIRONMENT, "path-outside", 4, dockerfile_of_the_server=BUILT.format(path=".", dockerfile="/etc/passwd")),
    *_each(
        ENVIRONMENT,
        "build-address",
        2,
        address=BUILT.format(path="https://example.org/x.git#ref:../..", dockerfile="D"),
    ),
    *_each(ENVIRONMENT, "file-missing", 3, standard_input="name: x\nimage: a\nrequirements_file: '-'\n"),
    *_each(
        ENVIRONMENT,
        "image-reference",
        2,
        option_as_image="name: x\nimage: --privileged\n",
        command_as_image="name: x\nimage: $(id)\n",
        image_of_two_lines='name: x\nimage: "a\\nRUN id"\n',
        long_image="name: x\nimage: " + "a" * 60_000 + "\n",
        many_parts="name: x\nimage: " + "a-" * 100 + "A\n",
        digest="name: x\nimage: a@sha256:" + "0" * 63 + "\n",
    ),
    *_each(ENVIRONMENT, "name-invalid", 1, name_of_folders="name: ../../x\nimage: a\n", option="name: -x\nimage: a\n"),
    *_each(
        ENVIRONMENT,
        "name-invalid",
        1,
        other_letters="name: tr\u0430in\nimage: a\n",
        backwards="name: a\u202eb\nimage: a\n",
    ),
    *_each(ENVIRONMENT, "name-too-long", 1, long_name=f"name: {'a' * 60_000}\nimage: a\n"),
    *_each(ENVIRONMENT, "name-reserved", 1, reserved="name: AzureML-x\nimage: a\n"),
    *_each(ENVIRONMENT, "version-invalid", 2, version="name: x\nversion: 1/../2\nimage: a\n"),
    *_each(ENVIRONMENT, "not-a-text", 4, deep_tag=f"name: x\nimage: a\ntags:\n  {'t' * 1_000}: [x]\n"),
    *_each(ENVIRONMENT, "os-type", 3, system="name: x\nimage: a\nos_type: linux; rm -rf /\n"),
    *_each(
        ENVIRONMENT,
        "port",
        3,
        port="name: x\nimage: a\ninference_config: {liveness_route: {port: " + "9" * 5_000 + ", path: /}}\n",
    ),
    *_each(ENVIRONMENT, "image-and-build", 3, both="name: x\nimage: a\nbuild: {path: .}\n"),
    Entry(
        "values stay",
        ENVIRONMENT,
        "name: no\nversion: 3.10\nimage: a:1e3\ntags: {x: 0x1F}\n",
        reads=("no", "3.10", "a:1e3", {"x": "0x1F"}),
    ),
    Entry("escapes", ENVIRONMENT, 'name: "\\x61\\u0062"\nimage: "a\\x3a1"\n', reads=("ab", "", "a:1", {})),
    Entry(
        "address of six",
        ENVIRONMENT,
        "name: x\nimage: '[fe80::1]:5000/a/b:1'\n",
        reads=("x", "", "[fe80::1]:5000/a/b:1", {}),
    ),
]

ENTRIES = [*NESTED, *EXPANDED, *TAGGED, *TOLD_TWICE, *UNREADABLE, *NO_CONDA, *READ_AS_CONDA, *ENVIRONMENTS]
