"""What a step prints on the studio's own engine arrives whole, however fast it comes."""

import uuid

import pytest

from environments.models import LogPiece, State
from tests.builder.publishing import from_dockerfile
from tests.engine.building import build_of, workspace_of_images

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
LINES = 100_000
PRINTING = f"RUN : {uuid.uuid4()} && seq -f 'line %06.0f {'x' * 80}' {LINES} && seq -f 'late %06.0f' {LINES} | tr '\\n' '\\r'\n"


def test_a_hundred_thousand_lines_arrive_and_a_progress_bar_leaves_its_last_state(client, engine):
    with workspace_of_images(client) as workspace:
        done = build_of(from_dockerfile(workspace, f"FROM python:3.11-slim\n{PRINTING}", "long"), engine)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    printed = LogPiece.objects.filter(build=done, step__kind="run").values_list("text", flat=True)
    lines = [line for text in printed for line in text.split("\n") if line.startswith(("line ", "late "))]
    assert lines == [*(f"line {n:06d} {'x' * 80}" for n in range(1, LINES + 1)), f"late {LINES:06d}"]
