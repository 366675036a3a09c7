import hashlib
import json

import pytest

from studio.launch.commands import LaunchError
from studio.launch.finding import Found, candidates, current_context, find_engine


def write_context(config_dir, name, host):
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = config_dir / "contexts/meta" / digest / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    (config_dir / "config.json").write_text(json.dumps({"currentContext": name}))
    return config_dir / "contexts/tls" / digest / "docker"


def test_the_current_context_names_the_engine(tmp_path):
    write_context(tmp_path, "lab", "ssh://lab.example")
    assert current_context(tmp_path) == Found("ssh://lab.example", "docker context lab")


def test_a_context_with_certificates_hands_them_on(tmp_path):
    certificates = write_context(tmp_path, "lab", "tcp://lab.example:2376")
    certificates.mkdir(parents=True)
    variables = current_context(tmp_path).variables()
    assert variables["DOCKER_HOST"] == "tcp://lab.example:2376"
    assert variables["DOCKER_CERT_PATH"] == str(certificates)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"currentContext": "default"}', '{"currentContext": "gone"}'])
def test_a_configuration_without_a_usable_context_names_no_engine(tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    assert current_context(tmp_path) is None


def test_a_context_named_by_variable_comes_before_the_current_one(tmp_path):
    write_context(tmp_path, "home", "unix:///home.sock")
    write_context(tmp_path, "lab", "ssh://lab.example")
    found = next(candidates({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "home", "HOME": str(tmp_path)}))
    assert found.host == "unix:///home.sock"


def test_a_docker_host_that_does_not_answer_stops_the_start_with_its_name(tmp_path):
    host = f"unix://{tmp_path}/nobody.sock"
    with pytest.raises(LaunchError, match=r"DOCKER_HOST names .*nobody\.sock"):
        find_engine({"DOCKER_HOST": host})
