"""A hint leads to the line of the definition that is to be edited."""

import pytest

from environments.hints import place_of

DOCKERFILE = """\
# nmpy is called numpy
FROM python:3.11-slim
RUN apt-get update && \\
    apt-get install -y curl libgl1-mesa-glxx

RUN pip install \\
      nmpy \\
      pandas
COPY nothing.txt /srv/
"""
APT = "[2/4] RUN apt-get update &&     apt-get install -y curl libgl1-mesa-glxx"


@pytest.mark.parametrize(
    ("step", "values", "line"),
    [
        (APT, {"name": "libgl1-mesa-glxx"}, 4),
        (APT, {"name": "curl"}, 4),
        (APT, {}, 3),
        ("[3/4] RUN pip install       nmpy       pandas", {"name": "nmpy", "near": "numpy"}, 7),
        ("[3/4] RUN pip install       nmpy       pandas", {"module": "yaml", "package": "pyyaml"}, 6),
        ("[4/4] COPY nothing.txt /srv/", {"file": "nothing.txt"}, 9),
        ("[4/4] COPY nothing.txt /srv/", {"user": "python"}, 2),
        ("", {"image": "python:3.11-slim"}, 2),
        ("", {"at": "6", "instruction": "RUNN"}, 6),
        ("", {"at": "600"}, 9),
        ("[3/4] RUN something else", {}, 0),
        ("", {}, 0),
    ],
)
def test_the_line_of_a_dockerfile_is_found(step: str, values: dict[str, str], line: int) -> None:
    assert place_of(DOCKERFILE, step, values) == line


@pytest.mark.parametrize(
    ("text", "values", "line"),
    [
        ("numpy\nNm_Py>=1 # typo\nnmpy-extra\n", {"name": "nm-py"}, 2),
        ("nmpy-extra\nnmpy\n", {"name": "nmpy"}, 2),
        ("six\nrequests==2.31.0\nurllib3==1.20\n", {"wanted": "requests==2.31.0 depends on urllib3>=1.21.1,<3"}, 2),
        ("six\ntorch == 1.7\n", {"wanted": "torch==1.7.0"}, 2),
        ("dependencies:\n  - python=3.11\n  - click=99\n", {"wanted": "click 99.*"}, 3),
        ("channels: [nowhere]\ndependencies: [python]\n", {"channel": "nowhere"}, 1),
        ("six\n", {"name": "pulled-in"}, 0),
        ("", {"name": "nmpy"}, 0),
    ],
)
def test_the_line_of_a_list_of_packages_is_found(text: str, values: dict[str, str], line: int) -> None:
    assert place_of(text, "", values) == line
