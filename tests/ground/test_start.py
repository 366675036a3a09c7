import socket

import pytest

from studio.launch.addresses import local_url, require_free_port
from studio.launch.commands import LaunchError
from studio.launch.debian import Tools
from studio.launch.private_engine import PrivateEngine
from studio.launch.serve import sole_user_of
from studio.launch.testing import read_counts


def test_a_port_in_use_is_told_with_the_two_variables_that_help():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(LaunchError, match=f"port {port} .*STUDIO_PORT and STUDIO_BIND"):
            require_free_port("127.0.0.1", port)


def test_a_studio_that_listens_everywhere_is_asked_on_loopback():
    assert local_url("0.0.0.0", 8000, "/readyz") == "http://127.0.0.1:8000/readyz"
    assert local_url("::", 8000, "/readyz") == "http://[::1]:8000/readyz"


def test_without_an_engine_and_without_root_the_two_ways_on_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(LaunchError, match="Install Docker and start it, or set DOCKER_HOST"):
        PrivateEngine.of(tmp_path, {}).bring_programs()


def test_a_data_folder_serves_one_studio_at_a_time(tmp_path):
    with sole_user_of(tmp_path), pytest.raises(LaunchError, match="STUDIO_DATA_DIR"), sole_user_of(tmp_path):
        pass
    with sole_user_of(tmp_path):
        pass


def test_programs_of_the_machine_come_before_unpacked_ones(tmp_path):
    for name in ("sh", "of-the-folder"):
        program = tmp_path / "usr/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch(mode=0o755)
    tools = Tools(tmp_path, {})
    assert not tools.find("sh").is_relative_to(tmp_path)
    assert tools.find("of-the-folder") == tmp_path / "usr/bin/of-the-folder"
    assert tools.lacking({"sh": "dash", "nowhere-at-all": "that"}) == ["that"]


def test_the_counts_of_all_suites_are_added_up():
    suites = '<testsuite tests="3" failures="1" errors="0" skipped="1"/><testsuite tests="2" errors="1"/>'
    assert read_counts(f"<testsuites>{suites}</testsuites>") == {"tests": 5, "failures": 1, "errors": 1, "skipped": 1}
