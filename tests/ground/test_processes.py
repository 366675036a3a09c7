import os
import sys
from dataclasses import replace

import pytest

from studio.launch import processes
from studio.launch.commands import LaunchError, run
from studio.launch.processes import Service, Supervisor, spawn
from tests.waiting import wait_for


def python(name, code):
    return Service(name, lambda: spawn([sys.executable, "-u", "-c", code], dict(os.environ)))


@pytest.fixture
def supervisor():
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


def is_running(process_id):
    return os.path.exists(f"/proc/{process_id}")


def test_lines_of_a_service_carry_its_name(supervisor, capsys):
    supervisor.add(python("web", "import time; print('listening'); time.sleep(60)"))
    printed = []
    wait_for(
        lambda: printed.append(capsys.readouterr().out) or "web       | listening\n" in "".join(printed),
        "the line with its name",
        seconds=60,
    )


def test_a_service_that_ends_is_started_again(supervisor, monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.05)
    marks = tmp_path / "marks"
    code = f"import time\nfile = open({str(marks)!r}, 'a+'); file.write('x'); file.flush(); file.seek(0)"
    supervisor.add(python("worker", f"{code}\nif len(file.read()) > 1: time.sleep(60)"))
    assert supervisor.watch(lambda: marks.exists() and marks.read_text() == "xx", seconds=60)
    assert supervisor.watch(lambda: supervisor.children[0].process is not None, seconds=60)


def test_a_service_that_keeps_ending_stops_everything_with_its_last_words(supervisor, monkeypatch):
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(processes, "MOST_FAILURES", 2)
    supervisor.add(python("worker", "raise SystemExit('no disk left')"))
    with pytest.raises(LaunchError, match=r"worker keeps ending: it ended with status 1[\s\S]*no disk left"):
        supervisor.watch(lambda: False, seconds=60)


def test_a_service_that_once_ran_steadily_is_never_given_up(supervisor, monkeypatch, tmp_path):
    for name, value in {"FIRST_PAUSE": 0.01, "LONGEST_PAUSE": 0.02, "MOST_FAILURES": 2, "STEADY_SECONDS": 0.3}.items():
        monkeypatch.setattr(processes, name, value)
    supervisor.add(python("web", "import time; time.sleep(60)"))
    [child] = supervisor.children
    assert supervisor.watch(lambda: child.was_steady, seconds=60)
    monkeypatch.setattr(processes, "STEADY_SECONDS", 60)
    for _ in range(3):
        killed = child.process
        killed.kill()
        assert supervisor.watch(lambda killed=killed: child.process not in (killed, None), seconds=60)


def test_a_service_that_is_not_needed_ends_nothing_else(supervisor, monkeypatch):
    for name, value in {"FIRST_PAUSE": 0.01, "LONGEST_PAUSE": 0.02, "MOST_FAILURES": 2}.items():
        monkeypatch.setattr(processes, name, value)
    supervisor.add(replace(python("web-tls", "raise SystemExit('the port is taken')"), needed=False))
    [child] = supervisor.children
    assert supervisor.watch(lambda: child.failures > 3, seconds=60)


def test_a_start_that_fails_later_is_tried_again(supervisor, monkeypatch):
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.01)
    starts = []

    def start():
        starts.append(len(starts))
        if len(starts) == 2:
            raise LaunchError("not yet")
        return python("engine", "pass" if len(starts) == 1 else "import time; time.sleep(60)").start()

    supervisor.add(Service("engine", start))
    assert supervisor.watch(lambda: len(starts) == 3, seconds=60)


def test_stopping_ends_a_service_and_what_it_started(supervisor):
    child = "import subprocess, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"
    supervisor.add(python("web", child))
    leader = supervisor.children[0].process.pid
    offspring = []
    wait_for(lambda: offspring.extend(_children(leader)) or offspring, "its own child", seconds=60)
    supervisor.stop()
    wait_for(lambda: not any(is_running(pid) for pid in (leader, *offspring)), "both to be gone", seconds=60)


def test_a_service_that_ignores_the_request_to_end_is_killed(supervisor, monkeypatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.3)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)"
    supervisor.add(python("web", code))
    leader = supervisor.children[0].process.pid
    wait_for(lambda: list(supervisor.children[0].lines) == ["deaf"], "its line", seconds=60)
    supervisor.stop()
    assert not is_running(leader)


def test_what_a_service_made_is_taken_away_also_when_it_has_just_ended(supervisor):
    stopped = []
    supervisor.add(Service("engine", python("engine", "pass").start, stopped.append))
    supervisor.watch(lambda: supervisor.children[0].process is None, seconds=60)
    supervisor.stop()
    assert stopped == [None]


def test_what_a_service_made_is_taken_away_also_when_its_start_was_interrupted(supervisor):
    def start():
        raise KeyboardInterrupt

    stopped = []
    with pytest.raises(KeyboardInterrupt):
        supervisor.add(Service("engine", start, stopped.append))
    supervisor.stop()
    assert stopped == [None]


def test_a_failed_command_is_told_with_its_last_lines():
    with pytest.raises(LaunchError, match=r"status 3:[\s\S]*no such suite"):
        run(["sh", "-c", "echo no such suite; exit 3"])


def _children(process_id):
    with open(f"/proc/{process_id}/task/{process_id}/children") as children:
        return [int(word) for word in children.read().split()]
