"""A Debian machine of its own with systemd, for what only a service manager can show: a root file
system of Debian packages, booted by systemd-nspawn with a network of its own."""

import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from lab.basics import KUBERLOGIC, ROOT, wait_for  # noqa: E402

# What `tools/setup run` installs, less what only builds images.
PACKAGES = """systemd systemd-sysv dbus podman runc conmon netavark aardvark-dns btrfs-progs caddy jq curl
iproute2 iptables ca-certificates openssl sqlite3 procps e2fsprogs mount util-linux tar""".split()
CACHE = pathlib.Path(os.environ.get("KUBERLOGIC_CACHE", ROOT / ".cache")) / "machine"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SOURCE = "/source"  # this tree, inside


def libraries():
    """The packages of the shared libraries the program is linked with."""
    lines = subprocess.check_output(["ldd", KUBERLOGIC], text=True).splitlines()
    files = {os.path.realpath(line.split()[2]) for line in lines if "=> /" in line}
    # The C library is known by another path, and on every machine.
    found = subprocess.run(["dpkg", "-S", *files], text=True, capture_output=True).stdout.splitlines()
    return sorted({line.split(":")[0] for line in found})


def pristine_root():
    packages = [*PACKAGES, *libraries()]
    root = CACHE / hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    if not root.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        unfinished = root.with_suffix(".new")
        subprocess.run(["rm", "-rf", unfinished], check=True)
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}",
                        "bookworm", unfinished], check=True)
        # Debian's own would take the ports; `tools/setup` does the same.
        subprocess.run(["systemctl", f"--root={unfinished}", "disable", "--quiet", "caddy"], check=True)
        unfinished.rename(root)
    return root


class Machine:
    def __init__(self):
        pristine = pristine_root()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="klm-", dir=CACHE))
        self.root = self.dir / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", pristine, self.root], check=True)
        self.process = None

    def boot(self):
        """Devices of loop mounts come from the machine below. The container engine makes keys and
        control groups, as it may on a machine that is no container."""
        nspawn = ["systemd-nspawn", "--quiet", "-D", self.root, "--register=no", "--keep-unit", "--private-network",
                  "--capability=all", "--drop-capability=CAP_SYS_RESOURCE", "--system-call-filter=@keyring bpf",
                  f"--bind-ro={ROOT}:{SOURCE}", "--bind=/dev/loop-control",
                  *(f"--bind={each}" for each in pathlib.Path("/dev").glob("loop[0-9]*")), "--console=pipe", "-b"]
        words = " ".join(f"'{each}'" for each in nspawn)
        # It keeps notes below /run/systemd, which must be nobody else's.
        script = f"mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && exec {words}"
        with open(self.dir / "console.log", "ab") as log:
            self.process = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "bash", "-c", script],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.leader = wait_for("the machine's first process", self._first_process, 20)
        wait_for("systemd answers", self._state, 30)
        self.sh("""while read -r _ _ _ _ point _; do
                     [[ $point != /sys/fs/cgroup/* ]] || mount -o remount,bind,rw "$point" 2>/dev/null || true
                   done </proc/self/mountinfo""")
        state = wait_for("it has booted", lambda: self._state() in ("running", "degraded") and self._state(), 60)
        assert state == "running", self.run("systemctl", "list-units", "--failed", check=False).stdout
        return self

    def _state(self):
        return self.run("systemctl", "is-system-running", check=False).stdout.strip()

    def _first_process(self):
        assert self.process.poll() is None, (self.dir / "console.log").read_text()[-2000:]
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        named = [each for each in children if pathlib.Path(f"/proc/{each}/comm").read_text() == "systemd\n"]
        return int(named[0]) if named else None

    def halt(self):
        if self.process and self.process.poll() is None:
            os.kill(self.leader, signal.SIGRTMIN + 3)  # systemd: halt
            self.process.wait(60)

    def run(self, *command, check=True, timeout=200):
        done = subprocess.run(["nsenter", "-t", str(self.leader), "-a", "env", "-i", f"PATH={PATH}", "HOME=/root",
                               "LANG=C.UTF-8", *command], text=True, capture_output=True, timeout=timeout)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def sh(self, script, **options):
        return self.run("bash", "-c", script, **options).stdout

    def remove(self):
        if self.process and self.process.poll() is None:
            self.halt()
        subprocess.run(["rm", "-rf", "--one-file-system", self.dir], check=True)


@pytest.fixture(scope="module")
def machine():
    assert os.geteuid() == 0, "a machine is booted by root"
    for program in ("systemd-nspawn", "mmdebstrap"):
        assert shutil.which(program), f"{program} is missing: run tools/setup machine"
    CACHE.mkdir(parents=True, exist_ok=True)
    booted = Machine()
    try:
        yield booted.boot()
    finally:
        booted.remove()
