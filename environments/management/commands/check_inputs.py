"""Read every environment, conda and requirements file and Dockerfile below a folder, and say what comes of each."""

import sys
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from environments.services.inputs import Outcome, check_folder


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder, **options):
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        outcomes, codes, passed_over = Counter(), Counter(), 0
        for checked in check_folder(folder):
            if checked.form is None and checked.outcome == Outcome.READ:
                passed_over += 1
                continue
            self.stdout.write(_row(checked))
            outcomes[checked.outcome] += 1
            codes.update((checked.outcome, problem.severity, problem.code) for problem in checked.problems)
        self._summarise(outcomes, codes, passed_over)
        if outcomes[Outcome.BROKEN]:
            sys.exit(1)

    def _summarise(self, outcomes, codes, passed_over):
        counts = [f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome]
        self.stdout.write(f"\n{', '.join(counts)}; {passed_over} other YAML and text files passed over")
        for (outcome, severity, code), number in sorted(
            codes.items(), key=lambda item: (item[0][0], -item[1], item[0])
        ):
            self.stdout.write(f"{number:7}  {outcome.value:8} {severity.value:8} {code}")


def _row(checked):
    outcome = checked.outcome.value
    if checked.warnings and checked.outcome == Outcome.READ:
        outcome = f"read, {checked.warnings} warning{'s' if checked.warnings > 1 else ''}"
    kind = checked.form.value if checked.form else "?"
    return f"{outcome:17} {kind:13} {_shown(checked.path)}{_reason(checked.problems)}".rstrip()


def _reason(problems):
    if not problems:
        return ""
    first = problems[0]
    place = f"{first.source} line {first.line}: " if first.line else ""
    more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"\n{'':32}{_shown(place)}{_shown(first.message)} [{first.code}]{more}"


def _shown(text):
    """Printable on any terminal: file names may hold bytes that are no text, and characters that steer it."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
