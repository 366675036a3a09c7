"""What a step prints on the studio's own engine arrives whole, at the pace of a loud build."""

import uuid

import pytest

from environments.models import LogPiece, State
from tests.builder.publishing import from_dockerfile
from tests.engine.building import build_of, workspace_of_images

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
LINES, AT_ONCE = 100_000, 1_000
LOUD = (
    f"for n in $(seq 0 {AT_ONCE} {LINES - 1}); do"
    f" seq -f 'line %06.0f {'x' * 80}' $((n + 1)) $((n + {AT_ONCE})); sleep 0.1; done"
)
BAR = "seq -f '%.0f %%' 100 | tr '\\n' '\\r'"


def test_a_hundred_thousand_lines_arrive_and_a_progress_bar_leaves_its_last_state(client, engine):
    dockerfile = f"FROM python:3.11-slim\nRUN : {uuid.uuid4()} && {LOUD} && {BAR}\n"
    with workspace_of_images(client) as workspace:
        done = build_of(from_dockerfile(workspace, dockerfile, "long"), engine)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    printed = LogPiece.objects.filter(build=done, step__name__contains="seq -f").values_list("text", flat=True)
    lines = [line for text in printed for line in text.split("\n")]
    assert lines == [*(f"line {n:06d} {'x' * 80}" for n in range(1, LINES + 1)), "100 %"]
