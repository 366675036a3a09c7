import pytest

from environments.definitions.render import Site, conda_stage
from environments.locking import pip
from environments.locking.cache import cache_id
from environments.locking.indexes import IndexSettings, index_settings

LOCK = """# a comment of the tool
numpy==2.1.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
scikit-learn[extra]==1.5 ; python_version > "3.8"

"""


def test_the_lock_is_kept_without_comments_and_blank_lines():
    assert pip.finished(LOCK).startswith("numpy==2.1.0 \\\n    --hash=sha256:aaaa")
    assert pip.finished(pip.finished(LOCK)) == pip.finished(LOCK)


def test_pins_are_read_from_a_lock():
    assert pip.pins(LOCK) == [("numpy", "2.1.0"), ("scikit-learn", "1.5")]


def test_the_lock_build_leaves_only_the_lock():
    dockerfile, files = pip.lock_context(["numpy"], ["scipy<2"], base="python:3.11-slim", site=Site(), nonce="1.1")
    assert files == {
        "requirements.in": b"numpy\n# 1.1\n",
        "constraints.in": b"scipy<2\n",
        "kept.in": b"",
        "new.in": b"",
    }
    assert dockerfile.rstrip().endswith("FROM scratch\nCOPY --from=lock /lock /lock")


def test_pip_packages_beside_conda_ones_are_locked_for_condas_python():
    dockerfile, files = pip.lock_context(["six"], base="debian:12", site=Site(), nonce="1", conda_lock="{}\n")
    assert files["conda.lock"] == b"{}\n"
    assert "lock.sh /opt/env/bin/python /opt/env\n" in dockerfile
    assert conda_stage(Site()) in dockerfile


def test_where_packages_come_from_stays_in_the_lock():
    requirements = ["--extra-index-url https://b.example/simple", "--pre", "numpy"]
    assert pip.finished(LOCK, requirements).startswith("--extra-index-url https://b.example/simple\nnumpy==2.1.0 \\\n")


def test_indexes_are_put_where_mirrors_serve_them():
    lines = ["--index-url=https://a.example/simple", "-f https://c.example/x", "six==1 --hash=sha256:aa"]
    assert pip.through_mirrors(lines, lambda address: address.replace("example", "mirror")) == [
        "--index-url=https://a.mirror/simple",
        "-f https://c.mirror/x",
        "six==1 --hash=sha256:aa",
    ]


def test_a_lock_is_split_into_heavy_packages_and_the_rest():
    options = "--index-url https://a.example/simple\n"
    heavy, rest = pip.split(options + pip.finished(LOCK), ["scikit-learn"])
    assert heavy == options + 'scikit-learn[extra]==1.5 ; python_version > "3.8"\n'
    assert rest == options + "numpy==2.1.0 \\\n    --hash=sha256:aaaa \\\n    --hash=sha256:bbbb\n"


def test_a_package_is_heavy_by_its_largest_wheel():
    wheels = "wheels = [{ size = 10 }, { size = 9_000_000 }]"
    heavy_source = '[[packages]]\nname = "b"\nsdist = { size = 9_000_000 }\n'
    text = f'[[packages]]\nname = "Foo.Bar"\nsdist = {{ size = 10 }}\n{wheels}\n{heavy_source}'
    assert pip.heavy_packages(text) == ["foo-bar"]
    assert pip.heavy_packages("no toml [") == []


def test_what_is_looked_up_is_what_the_lock_before_does_not_meet():
    wanted = ["--pre", "numpy>=2", "scikit-learn<1", "tabulate", "mine @ git+https://example.org/mine"]
    _, files = pip.lock_context(wanted, base="a", site=Site(), nonce="1", kept=LOCK)
    assert files["kept.in"] == b"numpy==2.1.0\nscikit-learn==1.5\n"
    assert files["new.in"] == b"--pre\nscikit-learn<1\ntabulate\nmine @ git+https://example.org/mine\n"
    for wanted, kept in ((["numpy"], LOCK), (["numpy"], "")):
        assert pip.lock_context(wanted, base="a", site=Site(), nonce="1", kept=kept)[1]["new.in"] == b""


def test_the_resolver_is_quoted_without_its_chatter():
    output = (
        "Using CPython 3.11.2\n  × No solution found when resolving dependencies:\n  ╰─▶ Because a needs b, a fails.\n"
    )
    assert pip.explain(output) == "No solution found when resolving dependencies:\nBecause a needs b, a fails."


def test_no_workspace_can_name_the_cache_of_another():
    ids = {cache_id(secret, workspace, tool) for secret in "ab" for workspace in "xy" for tool in ("uv", "context")}
    assert len(ids) == 8


def test_only_addresses_that_a_container_can_reach_are_taken_from_pip(tmp_path):
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip/pip.conf").write_text("[global]\nextra-index-url = file:///opt/x https://mirror.example/simple\n")
    found = index_settings({"HOME": str(tmp_path), "PIP_INDEX_URL": "https://index.example/simple"})
    assert (found.index_url, found.extra_index_urls) == (
        "https://index.example/simple",
        ("https://mirror.example/simple",),
    )


def test_index_settings_are_written_as_uv_reads_them():
    settings = IndexSettings("https://index.example/simple", ("https://a.example", "https://b.example"))
    assert settings.uv_toml() == (
        'index-url = "https://index.example/simple"\nextra-index-url = ["https://a.example", "https://b.example"]\n'
    )


@pytest.mark.parametrize(
    "written",
    [
        "six==1 ; " + "(" * 900 + "os_name=='nt'" + ")" * 900,
        "six==1 --index-url https://evil.example",
        "-e /etc\nsix>=1",
        "six @ file:///etc/passwd extra",
        "six==1 \\\n    --hash=sha256:zz",
        "six==" + "1" * 3_000,
    ],
)
def test_what_uv_would_not_have_written_is_no_lock(written):
    with pytest.raises(pip.LockError):
        pip.finished(f"{written}\n")


def test_a_lock_of_endless_length_is_refused():
    with pytest.raises(pip.LockError, match="longer than 4 MB"):
        pip.finished("a==1\n" * 1_000_000)


@pytest.mark.parametrize(
    "text", ["packages=" + "[" * 5_000, "a" + ".a" * 40_000 + "=1", 'name = "a"\nsize = ' + "9" * 5_000]
)
def test_a_hostile_list_of_sizes_makes_nothing_heavy(text):
    assert pip.heavy_packages(text) == []


def test_a_new_extra_is_looked_up():
    _, files = pip.lock_context(["numpy[tests]"], base="a", site=Site(), nonce="1", kept=LOCK)
    assert files["new.in"] == b"numpy[tests]\n"
