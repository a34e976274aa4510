"""`make demo-break`, on a demo of its own."""

import os
import re
import subprocess

import pytest

from lab.basics import ROOT

SCENES = ["The database is killed", "The container engine is stopped", "A webhook is lost for ever",
          "The provider answers 429", "A template names an image that nobody pushed"]


@pytest.fixture
def demo():
    # Short: a socket's path has at most 107 characters.
    directory = f"/tmp/kld-{os.getpid()}"

    def run(*command):
        return subprocess.run([ROOT / "tools" / command[0], *command[1:]], capture_output=True, text=True, timeout=300,
                              env={**os.environ, "KUBERLOGIC_DEMO": directory, "NO_COLOR": "1"}, check=False)
    yield run
    done = run("demo", "down")
    assert done.returncode == 0 and not os.path.exists(directory), done.stdout + done.stderr


def test_five_failures_are_shown_and_put_right(demo):
    done = demo("demo-break", "--template", ROOT / "examples/tiny/app.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    for scene in SCENES:
        assert re.search(rf"^  {scene} +[0-9.]+ s$", done.stdout, re.M), done.stdout
    scenes = re.split(r"==> \d of 5 ", done.stdout)[1:]
    for scene, reason in zip(scenes, ["", "EngineUnavailable", "", "ProviderRateLimited", "ImageMissing"]):
        # Three screens, the middle one told why.
        assert scene.count("$ kuberlogic status") == 3 and re.search(r"^  explain ", scene, re.M), scene
        assert reason in scene, scene
    assert re.search(r"services +1: 1 ready", scenes[-1]), "only Jane's instance was there before the last one"
    # What cannot be awaited is a failure, and said.
    impatient = demo("demo-break", "--patience", "0")
    assert impatient.returncode == 1, impatient.stdout + impatient.stderr
    assert re.search(r"^  A webhook is lost for ever +not recovered$", impatient.stdout, re.M), impatient.stdout
