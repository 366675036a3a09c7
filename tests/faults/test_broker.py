"""The broker fails: builds are taken all the same and none is run twice."""

import shutil
import subprocess

import pytest

from tests.faults.test_kills import Sleeper
from tests.waiting import wait_for
