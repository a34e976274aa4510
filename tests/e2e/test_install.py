"""make install, upgrade, going back and uninstall: below a directory, with a stand-in for the service
manager and everything else for real. What systemd itself does with the units is tried in
tests/machine."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest

from lab.basics import KUBERLOGIC, ROOT, alive, wait_for
from lab.installation import Installation
from lab.programs import another_version, broken, version_of

UNITS = ("kuberlogic", "kuberlogic-gateway", "kuberlogic-storage", "kuberlogic-engine")
SUPERVISOR = ROOT / "tests/e2e/lab/supervisor.py"


def put_below(destdir, program=KUBERLOGIC):
    done = subprocess.run([ROOT / "tools/install"], text=True, capture_output=True,
                          env={**os.environ, "DESTDIR": str(destdir), "KUBERLOGIC_PROGRAM": str(program)})
    assert done.returncode == 0, done.stdout + done.stderr


class Installed(Installation):
    """Installed below its directory; its `serve` is kept running by the stand-in."""

    def __init__(self, engine, /, version="0.0.9", **config):
        super().__init__(engine, **config)
        self.destdir = self.dir / "root"
        self.program = self.destdir / "usr/local/bin/kuberlogic"
        service = self.dir / "service"
        service.write_text(f'#!/bin/sh\nexec {sys.executable} {SUPERVISOR} {self.dir} "$1"\n')
        service.chmod(0o755)
        self.service = service
        (self.dir / "command").write_text(
            f"{self.program}\nserve\n--config\n{self.dir}/kuberlogic.yaml\n")
        self.configure(service_command=service, pause_tar=None)
        put_below(self.destdir, another_version(self.dir / "old", version))

    def spawn(self, **_):
        subprocess.run([self.service, "start"], check=True)

    def answers(self):
        try:
            return self.api("GET", "/readyz", timeout=3).status == 200
        except OSError:
            return False

    def stop(self):
        subprocess.run([self.service, "stop"], check=True)

    kill = stop

    def call(self, *arguments, program=KUBERLOGIC, check=True):
        done = subprocess.run([program, "--config", self.dir / "kuberlogic.yaml", *arguments],
                              cwd=self.dir, capture_output=True, text=True, timeout=200)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def upgrade(self, *arguments, **options):
        return self.call("upgrade", "--program", self.program, *arguments, **options)

    def uninstall(self, *arguments, **options):
        return self.call("uninstall", "--root", self.destdir, *arguments, **options)

    @property
    def version(self):
        return self.get("/api/v1/info")["version"]

    def ids(self):
        """What runs, and since when: a restart of any container shows."""
        found = self.engine.containers(owner=self.owner)
        return {each.id: self.engine.inspect(each)["State"]["StartedAt"] for each in found if each.running}


@pytest.fixture
def installed(engine):
    made = []

    def make(**options):
        installation = Installed(engine, **options)
        made.append(installation)
        return installation.start()

    yield make
    for installation in made:
        installation.remove()


class Visitor(threading.Thread):
    """Asks for a page again and again, and keeps what was not answered well."""

    def __init__(self, lab, host):
        super().__init__(daemon=True)
        self.lab, self.host, self.bad, self.visits, self.done = lab, host, [], 0, threading.Event()

    def run(self):
        while not self.done.is_set():
            try:
                status = self.lab.visit(self.host).status
            except OSError as error:
                status = error
            self.visits += 1
            if status != 200:
                self.bad.append(status)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join(20)


def units_below(destdir):
    """The installed units; for checks of systemd's they name files where these are."""
    units = [destdir / f"usr/local/lib/systemd/system/{name}.service" for name in UNITS]
    for unit in units:
        text = unit.read_text()
        assert "@PREFIX@" not in text and "@DATA_DIR@" not in text, unit
        unit.write_text(text.replace("/usr/local/", f"{destdir}/usr/local/"))
    return units


def test_every_installed_file_is_noted_and_units_are_sound(tmp_path):
    put_below(tmp_path)
    files = {"/" + str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    manifest = tmp_path / "usr/local/lib/kuberlogic/manifest"
    assert files == {*manifest.read_text().split(), "/usr/local/lib/kuberlogic/manifest"}
    assert (tmp_path / "etc/kuberlogic").stat().st_mode & 0o777 == 0o700
    assert version_of(tmp_path / "usr/local/bin/kuberlogic") == version_of(KUBERLOGIC)
    units = units_below(tmp_path)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], text=True, capture_output=True)
    assert done.returncode == 0 and not [line for line in done.stderr.splitlines() if "kuberlogic" in line], done.stderr


@pytest.mark.parametrize("unit,exposure_max", [("kuberlogic", 40), ("kuberlogic-gateway", 20)])
def test_units_are_sandboxed(tmp_path, unit, exposure_max):
    """systemd's own figure, of 100."""
    put_below(tmp_path)
    [file] = [each for each in units_below(tmp_path) if each.stem == unit]
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={exposure_max}", file],
                          text=True, capture_output=True)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_upgrade_restarts_no_instance(installed):
    lab = installed()
    assert lab.version == "0.0.9"
    (id, host), _ = lab.order(), lab.order()
    lab.visit(host, "/append?path=/data/kept&text=precious")
    before = lab.ids()
    assert len(before) == 4
    with Visitor(lab, host) as visitor:
        told = lab.upgrade().stdout
    assert lab.version == version_of(KUBERLOGIC) and lab.version in told, told
    assert lab.ids() == before
    assert visitor.visits > 10 and visitor.bad == []
    lab.assert_whole(id)
    assert lab.visit(host, "/read?path=/data/kept").text == "precious"
    lab.order()
    assert before.items() <= lab.ids().items()
    again = lab.upgrade().stdout
    assert "installed already" in again


NEWER_STORE = """sqlite3 {data}/kuberlogic.db 'PRAGMA user_version=99; DELETE FROM object;'
echo cannot go on; exit 1"""


@pytest.mark.parametrize("body", ["echo broken; exit 1", "exec sleep infinity", NEWER_STORE],
                         ids=["ends", "hangs", "has-changed-the-store"])
def test_broken_program_goes_back_by_itself(installed, body):
    lab = installed()
    id, host = lab.order()
    before = lab.ids()
    with Visitor(lab, host) as visitor:
        done = lab.upgrade("--from", broken(lab.dir / "broken", body.format(data=lab.data)),
                           "--patience", "3", check=False)
    assert done.returncode != 0 and "9.9.9" in done.stderr and "serves again" in done.stderr, done
    assert lab.version == "0.0.9" == version_of(lab.program)
    assert lab.ids() == before
    assert visitor.visits > 10 and visitor.bad == []
    lab.assert_whole(id)
    lab.order()


def test_what_is_no_program_is_refused_before_anything_stops(installed):
    lab = installed()
    pid = (lab.data / "kuberlogic.db.lock").read_text()
    for name, content in (("text", "hello"), ("other", "#!/bin/sh\necho something 1.0\n")):
        path = lab.dir / name
        path.write_text(content)
        path.chmod(0o755)
        done = lab.upgrade("--from", path, check=False)
        assert done.returncode == 2 and str(path) in done.stderr, done
    assert lab.version == "0.0.9"
    assert (lab.data / "kuberlogic.db.lock").read_text() == pid
    assert not (lab.data / "upgrades").exists()


def test_going_back_on_demand(installed):
    lab = installed()
    id, _ = lab.order()
    lab.upgrade()
    before = lab.ids()
    lab.upgrade("--back")
    assert lab.version == "0.0.9" and lab.ids() == before
    # The schema is the same, so what happened since is still known.
    lab.assert_whole(id)
    done = lab.upgrade("--back", check=False)
    assert done.returncode == 3 and "no upgrade" in done.stderr, done


def test_state_of_the_oldest_release_is_upgraded(installed):
    """The store as the first schema wrote it, under the program that runs it, then under this one. Its
    template is refused by now, and the configuration has one of its type that passes."""
    lab = installed()
    lab.stop()
    lab.configure(templates=f"wordpress={lab.template}", docker_compose=None)
    golden = (ROOT / "tests/golden/store/v1.sqlite.sql").read_text()
    for each in lab.data.glob("kuberlogic.db*"):
        each.unlink()
    store = sqlite3.connect(lab.data / "kuberlogic.db")
    store.executescript(golden)
    store.close()
    (lab.data / "key").write_text("0123456789abcdef0123456789abcdef")
    lab.serve()
    lab.upgrade()
    assert lab.version == version_of(KUBERLOGIC)
    [service] = lab.get("/api/v1/services/")
    assert service["id"] == "magnetic-llama" and service["domain"] == "magnetic-llama.example.com"
    assert {each["value"] for each in lab.get("/api/v1/services/magnetic-llama/secrets")} == {"golden"}


def test_uninstall_keeps_data_unless_told_twice(installed):
    lab = installed()
    id, host = lab.order()
    lab.visit(host, "/append?path=/data/kept&text=precious")
    caddy = lab.caddy_pid()

    refused = lab.uninstall("--delete-data", check=False)
    assert refused.returncode == 2 and "--confirm" in refused.stderr, refused
    refused = lab.uninstall("--delete-data", "--confirm", "yes", check=False)
    assert refused.returncode == 2, refused
    assert lab.program.exists() and lab.running(id) and lab.version

    told = lab.uninstall().stdout
    assert str(lab.data) in told
    assert lab.engine.containers(owner=lab.owner) == [] and lab.engine.networks(owner=lab.owner) == []
    assert not alive(caddy)
    assert [each for each in lab.destdir.rglob("*") if each.is_file()] == []

    put_below(lab.destdir)
    lab.serve()
    wait_for("the instance is back with its data", lambda: lab.running(id) and lab.visit(host).status == 200
             and lab.visit(host, "/read?path=/data/kept").text == "precious", 60)
    lab.assert_whole(id)

    lab.uninstall("--delete-data", "--confirm", lab.config["kuberlogic_domain"])
    assert not lab.data.exists() and not (lab.destdir / "etc/kuberlogic").exists()
    assert [each for each in lab.destdir.rglob("*") if each.is_file()] == []
    shutil.rmtree(lab.destdir)
