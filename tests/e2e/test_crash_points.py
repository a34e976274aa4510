"""kill -9 of the shipped program at every named place: one instance, one write, nothing lost."""

import re
import signal

import pytest

from lab.basics import ROOT, wait_for
from lab.installation import Installation

NAMES = sorted({name for path in (ROOT / "src").rglob("*.cc")
                for name in re.findall(r'\bCrashPoint\("([a-z-]+)"\)', path.read_text())})
# Reached by something else than an order.
STOPPING = {"gate-passed", "record-fenced"}
REMOVING = {"instance-removed"}
PUBLIC_CERTIFICATES = {"certificate-remembered"}  # killed there in test_acme.py


@pytest.fixture(scope="module")
def crashing(engine):
    installation = Installation(engine)
    try:
        yield installation.start()
    finally:
        installation.remove()


def dies(lab):
    """Waits until the program killed itself at the armed place."""
    assert wait_for("killed at the crash point", lambda: lab.process.poll() is not None, 30)
    assert lab.process.returncode == -signal.SIGKILL


def crash_at(lab, name, action):
    lab.stop()
    lab.spawn(KUBERLOGIC_CRASH_AT=name)
    # It may die at work left from before, so it is not asked whether it serves.
    wait_for("it listens or died", lambda: lab.process.poll() is not None or answers(lab))
    value = action()
    dies(lab)
    lab.serve()
    return value


def answers(lab):
    try:
        return lab.answers()
    except AssertionError:
        return False


def test_there_are_crash_points():
    assert len(NAMES) >= 12, NAMES


@pytest.mark.parametrize("name", [each for each in NAMES if each not in STOPPING | REMOVING | PUBLIC_CERTIFICATES])
def test_killed_while_ordering_at(crashing, name):
    lab = crashing
    id = crash_at(lab, name, lab.simulator.buy)
    host = lab.assert_whole(id)
    lab.explains(id, "Ready")
    mails = [each for each in lab.simulator.mails(id) if host in each["text"] + each["link"]]
    assert len(mails) == 1, mails
    # Every restart asks all instances how they are: the next test need not wait for this one's.
    name = lab.service(id)["id"]
    assert lab.api("DELETE", f"/api/v1/services/{name}/").status == 200
    wait_for("removed", lambda: lab.find(f"/api/v1/services/{name}/") is None)
    assert lab.containers(id) == []


@pytest.mark.parametrize("name", sorted(STOPPING))
def test_killed_while_stopping_at(crashing, name):
    lab = crashing
    id, _ = lab.order()
    crash_at(lab, name, lambda: lab.simulator.post(f"subscriptions/{id}/cancel", when="now"))
    wait_for("stopped in the end", lambda: not any(each.running for each in lab.containers(id)))
    lab.explains(id, "Suspended")
    assert lab.simulator.subscription(id)["api_writes"] == 1


def test_killed_while_removing_at_instance_removed(crashing):
    lab = crashing
    id, _ = lab.order()
    name = lab.service(id)["id"]
    crash_at(lab, "instance-removed", lambda: lab.api("DELETE", f"/api/v1/services/{name}/"))
    wait_for("removed in the end", lambda: lab.find(f"/api/v1/services/{name}/") is None)
    assert lab.containers(id) == []
    # It is not made again: an operator's word.
    lab.cli("subscription", "sync", id)
    lab.explains(id, "Deleting")
    assert lab.containers(id) == []
