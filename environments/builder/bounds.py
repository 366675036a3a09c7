"""How much of a log is kept: of each step its head and its tail, of each build so much in all."""

from collections import deque
from dataclasses import dataclass, field

from django.conf import settings

from environments.display.words import size

TAIL_BYTES = 1_000_000  # kept of what comes after a step's head
LATE_TAIL_BYTES = 20_000  # the same once the build has printed all it may
LINE_COST = 20  # bytes a line counts for beside its text, so that a flood of empty ones ends as well


def cost(text):
    """Bytes a line of this text takes."""
    return LINE_COST + (len(text) if text.isascii() else len(text.encode(errors="replace")))


@dataclass
class Budget:
    """What one build may still print."""

    used: int = 0
    most: int = field(default_factory=lambda: settings.LOG_BUILD_BYTES)  # asked once: a flood has millions of lines

    @property
    def is_spent(self):
        return self.used >= self.most


@dataclass
class Bounded:
    """The lines of one step on their way to the log: the head goes on, of the rest the last ones wait for the end."""

    budget: Budget
    used: int = 0
    omitted: int = 0
    is_full: bool = False
    most: int = field(default_factory=lambda: settings.LOG_STEP_BYTES)
    _tail: deque = field(default_factory=deque)  # (cost, line)
    _tail_bytes: int = 0

    def take(self, line, text):
        """Whether the line, of this text, is to be written now; if not, it may come with rest()."""
        taken = cost(text)
        self.is_full = self.is_full or self.used + taken > self._head_bytes() or self.budget.is_spent
        if self.is_full:
            self._keep_back(line, taken)
            return False
        self.used += taken
        self.budget.used += taken
        return True

    def rest(self):
        """(what to tell in place of the lines left out, the lines kept back), once."""
        omission, lines = self._omission(), [line for _, line in self._tail]
        self.budget.used += self._tail_bytes
        self._tail.clear()
        self._tail_bytes = self.omitted = 0
        return omission, lines

    def notice(self):
        """What to tell when the head ends, in place of what may never be shown."""
        return f"… From here on at most the last {size(self._most())} of this step is kept, and shown when it ends."

    def _omission(self):
        if not self.omitted:
            return ""
        most, whole = self.most, "step"
        if self.budget.is_spent:
            most, whole = self.budget.most, "build"
        return f"… {size(self.omitted)} omitted (limit {size(most)} per {whole}), full head and tail kept"

    def _head_bytes(self):
        return max(self.most - TAIL_BYTES, 0)

    def _most(self):
        return LATE_TAIL_BYTES if self.budget.is_spent else TAIL_BYTES

    def _keep_back(self, line, taken):
        self._tail.append((taken, line))
        self._tail_bytes += taken
        while self._tail_bytes > self._most() and len(self._tail) > 1:
            first, _ = self._tail.popleft()
            self._tail_bytes -= first
            self.omitted += first
