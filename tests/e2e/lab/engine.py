"""A container engine of the tests' own, and what it holds, asked of its API."""

import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

from lab.basics import ROOT, unix_call

LABEL = "kuberlogic.com/"


class Container:
    def __init__(self, raw):
        self.id = raw["Id"]
        self.name = raw["Names"][0].lstrip("/")
        self.state = raw["State"]
        self.image = raw["Image"]
        self.labels = raw["Labels"] or {}

    def label(self, name):
        return self.labels.get(LABEL + name, "")

    @property
    def running(self):
        return self.state == "running"

    @property
    def is_pause(self):
        return not self.label("member")

    def __repr__(self):
        return f"<{self.name} {self.state}>"


class Engine:
    def __init__(self):
        # Short: a socket's path has at most 107 characters.
        self.dir = tempfile.mkdtemp(prefix="kle-", dir="/tmp")
        self.socket = f"{self.dir}/engine.sock"
        self.start()

    def tool(self, verb, *rest):
        done = subprocess.run([ROOT / "tools/engine", verb, self.dir, *rest], text=True,
                              capture_output=True)
        assert done.returncode == 0, f"tools/engine {verb}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self):
        self.tool("start")

    def load(self, *names):
        done = subprocess.run([ROOT / "tools/images", "load", self.socket, *names], text=True,
                              capture_output=True)
        assert done.returncode == 0, f"tools/images load: {done.stdout}{done.stderr}"

    def call(self, method, path, body=None, timeout=60):
        return unix_call(self.socket, method, "/v1.41" + path, body, timeout)

    def containers(self, **labels):
        """All containers of an owner in any state; labels without the common prefix."""
        wanted = [f"{LABEL}{key}={value}" for key, value in labels.items()]
        filters = urllib.parse.quote(json.dumps({"label": wanted}))
        answer = self.call("GET", f"/containers/json?all=1&filters={filters}")
        assert answer.status == 200, answer
        return [Container(each) for each in answer.json()]

    def inspect(self, container):
        answer = self.call("GET", f"/containers/{container.id}/json")
        assert answer.status == 200, answer
        return answer.json()

    def remove(self, container):
        # The engine's own dialect: the common one waits ten seconds for a polite end.
        unix_call(self.socket, "DELETE",
                  f"/v4.0.0/libpod/containers/{container.id}?force=true&timeout=0&v=true")

    def pid(self, container):
        return self.inspect(container)["State"]["Pid"]

    def kill(self, container):
        """As the kernel would: the engine is not asked."""
        pid = self.pid(container)
        if pid:
            os.kill(pid, signal.SIGKILL)

    def networks(self, **labels):
        wanted = [f"{LABEL}{key}={value}" for key, value in labels.items()]
        filters = urllib.parse.quote(json.dumps({"label": wanted}))
        return [each["Name"] for each in self.call("GET", f"/networks?filters={filters}").json()]

    def remove_all(self, owner):
        """What an installation leaves behind, members before the pause they share."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for pause in (False, True):
                found = self.containers(owner=owner)
                list(pool.map(self.remove, [each for each in found if each.is_pause == pause]))
            list(pool.map(lambda name: self.call("DELETE", f"/networks/{name}"),
                          self.networks(owner=owner)))

    def purge(self):
        self.tool("stop", "--purge")
        shutil.rmtree(self.dir, ignore_errors=True)
        with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
            assert not [line for line in mounts if self.dir in line]
