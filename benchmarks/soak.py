"""`python -m benchmarks.soak`: a studio of its own builds and builds while its parts are killed at random; then counts.

Every process that is killed was started here. What builds printed and which processes ran tell what really happened,
the database what was said of it. Ends with status 1 if a build was lost, run twice, or stuck.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError

from studio.launch.leftovers import members
from tests.faults.sleeper import FINAL
from tests.faults.studio import ENDED, Studio, words_of

TOOLS = Path(os.environ.get("STUDIO_DATA_DIR", "var"), "tools/engine").resolve()
KINDS = {"worker": 3, "child": 4, "engine": 2, "web": 2, "scheduler": 2, "broker": 2}  # how often, one to another
PAUSE = (1.0, 4.0)  # seconds from one kill to the next
UNDER_WAY = 6  # builds asked for at once
LOOK_SECONDS = 0.25
QUIET_SECONDS = 240  # for what is under way after the last kill: lost, found, given back, and an engine's start
POKED, CANCELLED = 0.3, 0.05  # chance at each kill that a build is also poked twice more, or cancelled
FAILS = 0.1  # share of builds whose step fails by itself
TWINS = 0.2  # share of builds that are asked for twice, in two environments: one image is made for both
BUILDS = "select * from environments_build order by created_at"
MARKS = """
select piece.build_id as build, step.attempt, piece.text from environments_logpiece piece
join environments_buildstep step on step.id = piece.step_id where piece.text like '%mark %'
"""
IMAGES = "select image_key from environments_image group by workspace_id, image_key having count(*) > 1"


@dataclass
class Soak:
    """What was done to a studio and what was seen of it."""

    studio: Studio
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    asked: list[str] = field(default_factory=list)  # the builds the studio has answered with
    final: dict[str, dict[str, object]] = field(default_factory=dict)  # what was said of a build once it had ended
    twice: set[str] = field(default_factory=set)

    def run(self, kills: int) -> None:
        """Kill that many times while builds are asked for, then wait until all have ended, for a while."""
        next_kill = time.monotonic() + PAUSE[1]
        while self.kills.total() < kills:
            self.feed()
            if time.monotonic() >= next_kill:
                self.disturb()
                next_kill = time.monotonic() + self.chance.uniform(*PAUSE)
            self.look()
        until = time.monotonic() + QUIET_SECONDS
        while self.active() and time.monotonic() < until:
            self.look()

    def active(self) -> list[str]:
        return [row["id"] for row in self.studio.rows(BUILDS) if row["state"] not in ENDED]

    def feed(self) -> None:
        """Ask for one more build, if few are under way."""
        if len(self.active()) >= UNDER_WAY:
            return
        mark = f"{self.chance.randrange(10**8):08}"
        end = "false" if self.chance.random() < FAILS else f"sleep {self.chance.randint(0, 4)}.{mark}"
        lines = [f"RUN echo mark {mark}", f"RUN echo then && {end}"]
        for name in (mark, f"{mark}-twin")[: 1 + (self.chance.random() < TWINS)]:
            with self._web_may_be_away():
                self.asked.append(self.studio.build(f"soak-{name}", *lines))

    def disturb(self) -> None:
        """Kill something, if it is there, and now and then poke a build twice or cancel one."""
        kind = self.chance.choices(list(KINDS), list(KINDS.values()))[0]
        if kind == "broker":
            shutil.rmtree(self.studio.broker, ignore_errors=True)
            self.kills[kind] += 1
        elif pids := self.studio.pids(kind):
            os.kill(self.chance.choice(pids), signal.SIGKILL)
            self.kills[kind] += 1
        if (active := self.active()) and self.chance.random() < POKED:
            self.other["poked twice more"] += 1
            for _ in range(2):
                self.studio.poke()
        if active and self.chance.random() < CANCELLED:
            with self._web_may_be_away():
                self.studio.cancel(self.chance.choice(active))
                self.other["cancelled"] += 1

    def look(self) -> None:
        """Note which builds have ended, and those that are said to be otherwise later, or run in two processes."""
        time.sleep(LOOK_SECONDS)
        self.studio.still_runs()
        for row in self.studio.rows(BUILDS):
            if row["state"] in ENDED:
                now = {name: row[name] for name in FINAL}
                if self.final.setdefault(row["id"], now) != now:
                    self.twice.add(f"{row['id']} changed after its end: {self.final[row['id']]} -> {now}")
        running = Counter(words_of(pid) for pid in set(members(self.studio.names.cgroup)))
        self.twice |= {
            f"{words}ran twice at once" for words, n in running.items() if n > 1 and words.startswith("sleep")
        }

    def report(self) -> int:
        """Print what was counted and return 1 if anything of it must not be, else 0."""
        rows = self.studio.rows(BUILDS)
        printed = Counter((row["build"], row["attempt"]) for row in self.studio.rows(MARKS))
        self.twice |= {f"{build} printed its mark twice in one attempt" for (build, _), n in printed.items() if n > 1}
        self.twice |= {f"image {row[0]} is recorded twice" for row in self.studio.rows(IMAGES)}
        lost = {f"{build} is unknown" for build in self.asked} - {f"{row['id']} is unknown" for row in rows}
        lost |= {
            f"{row['id']} failed without a reason" for row in rows if row["state"] == "failed" and not row["error"]
        }
        lost |= {f"{row['id']} has a broken log" for row in rows if not self._has_whole_log(row["id"])}
        stuck = {f"{row['id']} is {row['state']}" for row in rows if row["state"] not in ENDED}
        stuck |= {f"process {words_of(pid)}" for pid in members(self.studio.names.cgroup)}
        table("Killed", self.kills)
        table("Besides", self.other)
        table("Builds", Counter(f"{row['state']}, attempt {row['attempt']}" for row in rows))
        table("Reasons of failed builds", Counter(row["error"] for row in rows if row["state"] == "failed"))
        faults = {"lost": lost, "run twice": self.twice, "stuck": stuck}
        table("What must not be", Counter({name: len(found) for name, found in faults.items()}))
        for found in faults.values():
            print("\n".join(f"  ! {one}" for one in sorted(found)))
        return 1 if any(faults.values()) else 0

    def _has_whole_log(self, build: str) -> bool:
        try:
            self.studio.printed(build)
        except AssertionError:
            return False
        return True

    @contextmanager
    def _web_may_be_away(self) -> Iterator[None]:
        try:
            yield
        except HTTPError as error:
            self.other[f"answered with {error.code}"] += 1
        except (OSError, HTTPException):
            self.other["asked while no web server answered"] += 1


def table(title: str, counts: Counter[str]) -> None:
    """Print counts under a title, the largest first, and their sum."""
    print(f"\n{title:<70} {counts.total():>6}")
    for name, count in counts.most_common():
        print(f"  {name[:66]:<68} {count:>6}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--keep", action="store_true", help="leave the data folder")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="studio-soak-"))
    print(f"{options.kills} kills, seed {options.seed}, log in {folder / 'studio.log'}", flush=True)
    studio = Studio(folder, TOOLS)
    began = time.monotonic()
    try:
        studio.start()
        soak = Soak(studio, random.Random(options.seed))
        soak.run(options.kills)
        status = soak.report()
    finally:
        studio.stop()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{time.monotonic() - began:.0f} s")
    return status


if __name__ == "__main__":
    sys.exit(main())
