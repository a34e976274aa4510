"""tools/engine: nothing stays behind a purge, and a power cut is played faithfully."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(*arguments, check=True):
    return subprocess.run([str(argument) for argument in arguments], check=check,
                          capture_output=True, text=True)


def links():
    lines = run("ip", "-o", "link").stdout.splitlines()
    return {line.split(":")[1].strip().split("@")[0] for line in lines}


@pytest.fixture
def directory():
    if os.geteuid() != 0:
        pytest.skip("containers need root")
    path = tempfile.mkdtemp(prefix="kl-", dir="/tmp")
    yield path
    run(ROOT / "tools/engine", "stop", path, "--purge", check=False)
    shutil.rmtree(path, ignore_errors=True)


def engine(verb, directory, *arguments, **options):
    return run(ROOT / "tools/engine", verb, directory, *arguments, **options)


def run_tiny(directory):
    run(ROOT / "tools/images", "load", f"{directory}/engine.sock", "tiny")
    return engine("podman", directory, "run", "-d", "--name=tiny", "-v=data:/data",
                  "localhost/kuberlogic/tiny:1").stdout.strip()


def is_gone(directory, container):
    with open("/proc/self/mountinfo") as mounts:
        assert directory not in mounts.read()
    assert not os.path.exists(f"/run/runc/{container}")
    assert not list(pathlib.Path("/sys/fs/cgroup").glob(f"*/libpod_parent/libpod-{container}"))
    arguments = (pathlib.Path("/proc") / pid / "cmdline" for pid in os.listdir("/proc")
                 if pid.isdigit() and int(pid) != os.getpid())
    for path in arguments:
        try:
            assert directory not in path.read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            pass


def test_the_mount_of_network_namespaces_goes_with_the_engine_that_brought_it(directory):
    run("unshare", "--mount", "--propagation=private", "bash", "-ec", f"""
        while mountpoint -q /run/netns; do umount -l /run/netns; done
        {ROOT}/tools/engine start {directory}
        {ROOT}/tools/images load {directory}/engine.sock tiny
        {ROOT}/tools/engine podman {directory} run -d localhost/kuberlogic/tiny:1
        mountpoint /run/netns
        {ROOT}/tools/engine stop {directory} --purge
        if mountpoint /run/netns; then exit 1; fi""")


def test_starting_twice_is_one_engine(directory):
    engine("start", directory)
    pid = pathlib.Path(directory, "engine.pid").read_text()
    assert "already answers" in engine("start", directory).stdout
    assert pathlib.Path(directory, "engine.pid").read_text() == pid


def test_status_tells_by_exit_code(directory):
    assert engine("status", directory, check=False).returncode == 3
    engine("start", directory)
    assert engine("status", directory).returncode == 0
    engine("stop", directory)
    assert engine("status", directory, check=False).returncode == 3


def test_containers_outlive_a_stopped_service(directory):
    engine("start", directory)
    run_tiny(directory)
    engine("stop", directory)
    engine("start", directory)
    state = engine("podman", directory, "inspect", "-f", "{{.State.Status}}", "tiny").stdout
    assert state.strip() == "running"


def test_purge_leaves_nothing(directory):
    engine("start", directory)
    container = run_tiny(directory)
    network, = pathlib.Path(directory, "networks").glob("*.json")
    bridge = json.loads(network.read_text())["network_interface"]
    assert bridge in links()
    engine("stop", directory, "--purge")
    is_gone(directory, container)
    assert bridge not in links()
    assert not pathlib.Path(directory).exists()


def test_purge_ends_containers_the_engine_forgot(directory):
    engine("start", directory)
    container = run_tiny(directory)
    engine("stop", directory)
    for volatile in ("run", "tmp"):
        shutil.rmtree(pathlib.Path(directory, volatile), ignore_errors=True)
    engine("start", directory)
    engine("stop", directory, "--purge")
    is_gone(directory, container)


def test_power_cut_ends_everything_but_files(directory):
    engine("start", directory)
    container = run_tiny(directory)
    volume = engine("podman", directory, "volume", "inspect", "-f", "{{.Mountpoint}}",
                    "data").stdout.strip()
    pathlib.Path(volume, "kept").write_text("yes")
    engine("crash", directory)
    is_gone(directory, container)
    engine("start", directory)
    assert engine("podman", directory, "ps", "-q").stdout == ""
    engine("podman", directory, "start", "tiny")
    assert pathlib.Path(volume, "kept").read_text() == "yes"
