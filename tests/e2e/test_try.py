"""`kuberlogic try`: one instance without billing, and nothing of it afterwards."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from lab.basics import KUBERLOGIC, ROOT, visit, wait_for
from lab.engine import Engine

TINY = ROOT / "examples/tiny/app.yaml"
FOLDERS = []


def folder():
    """Short: a socket's path has at most 107 characters."""
    FOLDERS.append(pathlib.Path(tempfile.mkdtemp(prefix="klt-", dir="/tmp")))
    return FOLDERS[-1]


@pytest.fixture(scope="module")
def engine():
    own = Engine()
    # The pause image is brought along; its archive lies where a build leaves it.
    subprocess.run([ROOT / "tools/images", "build", "pause"], check=True)
    own.load("tiny")
    yield own
    own.purge()
    for folder in FOLDERS:
        shutil.rmtree(folder)


class Trial:
    def __init__(self, engine, *options, template=TINY):
        self.engine = engine
        self.dir = folder()
        self.log = self.dir / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [KUBERLOGIC, "try", template, "--engine", engine.socket, *options], cwd=self.dir, stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(self.dir)})

    def text(self):
        return self.log.read_text()

    def said(self, pattern):
        found = re.search(pattern, self.text())
        assert found or self.process.poll() is None, self.text()
        return found

    def end(self, how):
        self.process.send_signal(how)
        return self.process.wait(60)

    def left(self):
        """What is left on the engine and in the folder of temporary files."""
        folders = sorted(each.name for each in self.dir.glob("kuberlogic-try-*"))
        containers = [each for each in self.engine.call("GET", "/containers/json?all=1").json()]
        networks = [each["Name"] for each in self.engine.call("GET", "/networks").json()
                    if each["Name"] not in ("podman", "bridge")]
        return folders, containers, networks


NOTHING = ([], [], [])


def test_an_instance_answers_and_ctrl_c_leaves_nothing(engine):
    trial = Trial(engine, "--plan", "team-USD-monthly", "--parameter", "title=Tried")
    ready = wait_for("the instance is ready", lambda: trial.said(r"ready after .*: https://(\S+?):(\d+)"), 60)
    root = next(trial.dir.glob("kuberlogic-try-*/gateway/**/authorities/local/root.crt"))
    answer = visit(int(ready[2]), ready[1], root=root)
    assert answer.status == 200 and b"Tried" in answer.body
    assert trial.end(signal.SIGINT) == 0, trial.text()
    assert trial.left() == NOTHING
    assert "gone" in trial.text()


def test_once_ends_by_itself(engine):
    trial = Trial(engine, "--once", "--patience", "60")
    assert trial.process.wait(90) == 0, trial.text()
    assert "ready after" in trial.text()
    assert trial.left() == NOTHING


def test_what_cannot_start_says_why_and_is_removed(engine):
    broken = folder() / "app.yaml"
    broken.write_text(TINY.read_text().replace("localhost/kuberlogic/tiny:1", "localhost/kuberlogic/missing:1"))
    trial = Trial(engine, "--patience", "5", template=broken)
    assert trial.process.wait(90) != 0
    assert "missing:1" in trial.text()
    assert trial.left() == NOTHING


def test_a_template_with_an_error_starts_nothing(engine):
    broken = folder() / "app.yaml"
    broken.write_text("services:\n  web:\n    build: .\n")
    trial = Trial(engine, template=broken)
    assert trial.process.wait(20) != 0
    assert f"{broken}:3:5: error: 'build' is not supported" in trial.text()
    assert "template import" in trial.text()
    assert trial.left() == NOTHING


def test_what_a_killed_trial_left_is_removed_by_the_next(engine):
    first = Trial(engine)
    wait_for("the instance is ready", lambda: first.said(r"ready after"), 60)
    first.end(signal.SIGKILL)
    assert first.left() != NOTHING
    second = subprocess.run([KUBERLOGIC, "try", TINY, "--engine", engine.socket, "--once", "--patience", "60"],
                            cwd=first.dir, env={**os.environ, "TMPDIR": str(first.dir)}, text=True,
                            capture_output=True, timeout=120)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "removed what an earlier trial left" in second.stderr
    assert first.left() == NOTHING
