"""Bad input through the forms: a sentence at its field, with its line, and what was typed stays."""

import io
import stat
import zipfile

import pytest

from environments.models import Context, Version
from tests.cast import make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]

IMAGE = "python:3.11-slim"
ALIAS_BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ndependencies: [*c, *c]\n"


@pytest.fixture
def web(client, alice):
    client.force_login(alice)
    return client


def zip_of(*entries):
    """A zip as an uploaded file; an entry is (name or ZipInfo, content)."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    data.seek(0)
    data.name = "context.zip"
    return data


def link(name, target):
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry, target


def errors_of(page, field):
    """What is said at a field of a refused form, and that it was refused as a person would see it."""
    assert page.status_code == 422
    assert "<title>Error: " in page.content.decode()
    assert 'id="errors"' in page.content.decode()
    assert not Version.objects.filter(environment__workspace__slug="vision").exists()
    return " ".join(page.context["form"].errors[field])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dependencies:\n  - numpy\n bad: [\n", "Line 3"),
        ("dependencies:\n\t- numpy\n", "Line 2"),
        ("[" * 30_000, "nested more than"),
        (ALIAS_BOMB, "Line 3: A dependency is a single line."),
        ("dependencies:\n  - numpy\0\n", "Line 2: The text holds a NUL"),
        ("dependencies:\n  - python: 3.10\n", "Line 2: “python: 3.10” is a mapping"),
        ("dependencies:\n  - pip:\n      - -r /etc/passwd\n", "Line 3: “-r /etc/passwd” reads another file"),
        ("numpy==2.4.6\n", "looks like pip requirements"),
        ("", "Write the conda file"),
        ("# long\n" * 10_000, "longer than 64 kB"),
    ],
)
def test_a_conda_file_that_is_none_is_told_at_its_field(web, text, said):
    page = web.post("/w/vision/new/conda/", {"name": "x", "image": IMAGE, "text": text, "action": "save"})
    assert said in errors_of(page, "text")
    assert page.context["form"]["text"].value() == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("numpy\n-r /etc/passwd\n", "Line 2: “-r /etc/passwd” reads another file"),
        ("numpy\nscipy=1.2\n", "Line 2"),
        ("numpy\0\n", "Line 1: The text holds a NUL"),
        ("numpy\n-e .\n", "Line 2: “-e” installs from a folder"),
    ],
)
def test_requirements_that_are_none_are_told_at_their_field(web, text, said):
    page = web.post("/w/vision/new/pip/", {"name": "x", "image": IMAGE, "text": text, "action": "save"})
    assert said in errors_of(page, "text")
    assert page.context["form"]["text"].value() == text


@pytest.mark.parametrize("image", ["no image", "http://python", "Python:3.11", "python:", ""])
def test_an_image_name_that_is_none_is_told_at_its_field(web, image):
    page = web.post("/w/vision/new/pip/", {"name": "x", "image": image, "text": "numpy\n", "action": "save"})
    assert errors_of(page, "image")
    assert page.context["form"]["text"].value() == "numpy\n"


@pytest.mark.parametrize("name", ["", "-x", "a..b", "a.", "AzureML-x", "Microsoft-y", "x" * 256, "a b", "a/b"])
def test_a_name_that_is_none_is_told_at_its_field(web, name):
    page = web.post("/w/vision/new/pip/", {"name": name, "image": IMAGE, "text": "numpy\n", "action": "save"})
    assert errors_of(page, "name")


@pytest.mark.parametrize(
    ("tags", "said"),
    [("a=1\nb", "Line 2"), ("\n\nb", "Line 3"), ("a=1\na=2", "second time"), ("a=" + "x" * 300, "too long")],
)
def test_tags_that_are_none_are_told_with_their_line(web, tags, said):
    fields = {"name": "x", "image": IMAGE, "text": "numpy\n", "tags": tags, "action": "save"}
    assert said in errors_of(web.post("/w/vision/new/pip/", fields), "tags")


def test_every_wrong_field_is_told_at_once(web):
    fields = {"name": "a..b", "image": "no image", "text": "-r x\n", "action": "save"}
    page = web.post("/w/vision/new/pip/", fields)
    assert set(page.context["form"].errors) == {"name", "image", "text"}


def test_what_is_ignored_in_a_zip_is_named_once_it_is_uploaded(web):
    entries = {"Dockerfile": "FROM python:3.11-slim\n", "a.py": "", "data/b.csv": "1", ".dockerignore": "data\n"}
    fields = {"way": "upload", "upload": zip_of(*entries.items()), "dockerfile_path": "Dockerfile", "action": "upload"}
    answer = web.post("/w/vision/new/context/check/", fields, headers={"HX-Request": "true"})
    assert "1 file is left out of the context by its .dockerignore" in answer.text
    marked = [file["path"] for file in answer.context["form"].uploaded_files if "reason" in file]
    assert marked == ["data/b.csv"]
    assert answer.text.count('class="leaf ignored"') == 1
    written = {"way": "write", "text": "FROM python:3.11-slim\n", "stored": answer.context["form"].data["stored"]}
    page = web.post("/w/vision/new/context/", written | {"dockerfile_path": "Dockerfile", "action": "check"})
    assert "left out of the context" not in page.text


def test_an_uploaded_file_stands_in_the_editor(web):
    upload = io.BytesIO(b"numpy==2.4.6\n-r more.txt\n")
    upload.name = "requirements.txt"
    fields = {"name": "x", "image": IMAGE, "text": "", "upload": upload, "action": "save"}
    page = web.post("/w/vision/new/pip/", fields)
    assert "Line 2" in errors_of(page, "text")
    assert page.context["form"]["text"].value() == "numpy==2.4.6\n-r more.txt\n"


def test_an_uploaded_file_that_is_no_text_is_told_and_the_typed_text_stays(web):
    upload = io.BytesIO("café\n".encode("latin-1"))
    upload.name = "requirements.txt"
    fields = {"name": "x", "image": IMAGE, "text": "scipy\n", "upload": upload, "action": "save"}
    page = web.post("/w/vision/new/pip/", fields)
    assert "another encoding than UTF-8" in errors_of(page, "upload")
    assert page.context["form"]["text"].value() == "scipy\n"


def test_an_uploaded_file_in_utf_16_is_read_as_pip_reads_it(web):
    upload = io.BytesIO("\ufeffnumpy==2.4.6\n".encode("utf-16-le"))
    upload.name = "requirements.txt"
    fields = {"name": "x", "image": IMAGE, "text": "scipy\n", "upload": upload, "action": "check"}
    assert web.post("/w/vision/new/pip/", fields).context["form"]["text"].value() == "numpy==2.4.6\n"


DOCKERFILE = ("Dockerfile", f"FROM {IMAGE}\n")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([DOCKERFILE, ("../evil.sh", "x")], "../evil.sh"),
        ([DOCKERFILE, ("/etc/x", "x")], "/etc/x"),
        ([DOCKERFILE, link("passwd", "/etc/passwd")], "symbolic link"),
        ([DOCKERFILE, ("big", b"\0" * 200_000_000)], "big"),
        ([("hello.py", "print(1)")], "There is no Dockerfile"),
        ([("Dockerfile", f"FROM {IMAGE}\nRUN --security=insecure id\n")], "Line 2"),
    ],
    ids=["dot-dot", "absolute", "symlink", "bomb", "no-dockerfile", "insecure"],
)
def test_a_zip_that_is_refused_is_told_at_its_field(web, entries, said):
    fields = {"name": "x", "way": "upload", "upload": zip_of(*entries), "dockerfile_path": "Dockerfile"}
    page = web.post("/w/vision/new/context/", fields | {"action": "save"})
    assert said in errors_of(page, "upload")


def test_a_file_that_is_no_zip_is_told_at_its_field(web):
    upload = io.BytesIO(b"no zip at all")
    upload.name = "context.zip"
    page = web.post("/w/vision/new/context/", {"name": "x", "upload": upload, "action": "save"})
    assert "no zip archive" in errors_of(page, "upload")


def test_a_typed_context_without_a_dockerfile_is_told_at_the_editor(web):
    fields = {"name": "x", "way": "write", "text": "", "dockerfile_path": "Dockerfile", "action": "save"}
    assert "There is no Dockerfile" in errors_of(web.post("/w/vision/new/context/", fields), "text")


def test_a_typed_file_with_a_path_that_leaves_the_folder_is_told_at_the_files(web):
    fields = {"name": "x", "way": "write", "text": f"FROM {IMAGE}\n", "dockerfile_path": "Dockerfile"}
    rows = {"extra_name": ["../x"], "extra_text": ["kept"], "action": "save"}
    page = web.post("/w/vision/new/context/", fields | rows)
    assert "../x" in errors_of(page, "extra")
    assert "kept" in page.content.decode()


def test_an_uploaded_zip_is_kept_when_another_field_is_wrong(web):
    upload = zip_of(DOCKERFILE, ("app/hello.py", "print(1)"))
    fields = {"name": "a..b", "way": "upload", "upload": upload, "dockerfile_path": "Dockerfile", "action": "save"}
    page = web.post("/w/vision/new/context/", fields)
    errors_of(page, "name")
    assert "hello.py" in page.content.decode()
    stored = page.context["form"]["stored"].value()
    again = {"name": "ok", "way": "upload", "stored": stored, "dockerfile_path": "Dockerfile", "action": "save"}
    assert web.post("/w/vision/new/context/", again).status_code == 303
    paths = [file["path"] for file in Version.objects.get(environment__name="ok").context.manifest]
    assert paths == ["Dockerfile", "app/hello.py"]


def test_a_digest_of_another_workspace_opens_nothing(web, client, charlie, alice):
    make_workspace("secret", editor=charlie)
    client.force_login(charlie)
    upload = {"upload": zip_of(DOCKERFILE, ("secret.txt", "s")), "action": "check"}
    client.post("/w/secret/new/context/", upload)
    digest = Context.objects.get(workspace__slug="secret").sha256
    client.force_login(alice)
    fields = {"name": "x", "way": "upload", "stored": digest, "dockerfile_path": "Dockerfile", "action": "save"}
    page = client.post("/w/vision/new/context/", fields)
    assert "No zip has been uploaded" in errors_of(page, "upload")
    assert "secret.txt" not in page.content.decode()
