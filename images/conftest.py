"""An engine of the tests' own, and containers that share a network namespace on it."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent
CAPABILITIES = ["--cap-drop=all", "--cap-add=CHOWN,SETUID,SETGID,DAC_OVERRIDE,FOWNER,KILL",
                "--security-opt=no-new-privileges", "--pids-limit=200"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Engine:
    def __init__(self):
        # Short: a socket's path has at most 107 characters.
        self.dir = tempfile.mkdtemp(prefix="kl-", dir="/tmp")
        self.tool("start")

    def tool(self, *arguments):
        verb, *rest = arguments
        return subprocess.run([ROOT / "tools/engine", verb, self.dir, *rest], check=True)

    def podman(self, *arguments, check=True):
        return subprocess.run([ROOT / "tools/engine", "podman", self.dir, *arguments], check=check,
                              capture_output=True, text=True)

    def load(self, *names):
        subprocess.run([ROOT / "tools/images", "load", f"{self.dir}/engine.sock", *names],
                       check=True)

    def purge(self):
        self.tool("stop", "--purge")
        shutil.rmtree(self.dir, ignore_errors=True)


class Pod:
    """A pause container that publishes port 8080, and members in its namespace."""

    def __init__(self, engine):
        self.engine = engine
        self.port = free_port()
        self.members = []

    def start(self, members):
        """members: name -> (image, podman options). Replaces containers, keeps volumes."""
        self.remove()
        self.engine.podman("run", "-d", "--name=pause", "--cap-drop=all", "--add-host=db:127.0.0.1",
                           f"-p=127.0.0.1:{self.port}:8080", "localhost/kuberlogic/pause:1")
        self.members = list(members)
        for name, (image, options) in members.items():
            self.engine.podman("run", "-d", f"--name={name}", "--network=container:pause",
                               *CAPABILITIES, *options, f"localhost/kuberlogic/{image}")

    def kill(self):
        for name in [*self.members, "pause"]:
            pid = int(self.state(name, "{{.State.Pid}}"))
            if pid:
                # Without its database WordPress may have ended by itself a moment ago.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def state(self, name, form="{{.State.Status}} {{.State.ExitCode}}"):
        return self.engine.podman("inspect", "-f", form, name).stdout.strip()

    def logs(self, name):
        done = self.engine.podman("logs", name)
        return done.stdout + done.stderr

    def remove(self):
        for name in [*self.members, "pause"]:
            self.engine.podman("rm", "-f", "-t0", name, check=False)
        self.members = []

    def get(self, path, **options):
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=30,
                            allow_redirects=False, **options)

    def wait_for(self, path, good, seconds=60):
        """The first answer that is good; every answer seen before it."""
        seen = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                answer = self.get(path)
                if good(answer):
                    return answer, seen
                seen.append(answer)
            except requests.ConnectionError:
                time.sleep(0.01)
        raise AssertionError(f"{path}: no good answer in {seconds} s; "
                             f"logs: {[self.logs(member) for member in self.members]}")


@pytest.fixture(scope="session")
def engine():
    if os.geteuid() != 0:
        pytest.skip("containers need root")
    engine = Engine()
    yield engine
    engine.purge()
    assert not [line for line in open("/proc/self/mountinfo") if engine.dir in line]


@pytest.fixture
def pod(engine):
    engine.load("pause")
    pod = Pod(engine)
    yield pod
    pod.remove()
    engine.podman("volume", "rm", "--all", "--force")
