"""The life of an installation on a machine with systemd, from the first `tools/install` to the second
`uninstall`. The tests follow each other on one machine."""

import json
import pathlib
import re

import pytest

from conftest import SOURCE
from lab.basics import KUBERLOGIC, ROOT, SIMULATOR, wait_for
from lab.programs import another_version, broken, version_of

DOMAIN = "apps.example.test"
DATA = "/var/lib/kuberlogic"
ENGINE = f"/usr/local/lib/kuberlogic/engine podman {DATA}/engine"
UNITS = "kuberlogic kuberlogic-gateway kuberlogic-storage kuberlogic-engine"
CONFIG = f"""kuberlogic_domain: {DOMAIN}
docker_compose: /etc/kuberlogic/app.yaml
storage: btrfs
storage_pool: 3Gi
chargebee_site: machine-test
chargebee_key: test_key
chargebee_api_url: http://127.0.0.1:9900/api/v2
chargebee_rate_per_minute: 0
chargebee_webhook_user: hook
chargebee_webhook_password: password
"""


def page(name):
    """A block of commands of the operating page, run as it stands there."""
    text = (ROOT / "docs/operating/one-machine.md").read_text()
    [block] = re.findall(rf"^```sh {name}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return "set -e\n" + block


def inside(path):
    return f"{SOURCE}/{pathlib.Path(path).relative_to(ROOT)}"


class Vendor:
    """What a vendor does and sees on the machine."""

    def __init__(self, machine):
        self.machine = machine

    def install(self):
        return self.machine.run("env", f"KUBERLOGIC_PROGRAM={inside(KUBERLOGIC)}", f"{SOURCE}/tools/install").stdout

    def provider(self):
        (self.machine.root / "srv/key").write_text("test_key")
        (self.machine.root / "srv/password").write_text("password")
        self.machine.run("systemd-run", "--quiet", "--unit=provider", inside(SIMULATOR), "--listen", "127.0.0.1:9900",
                         "--site", "machine-test", "--api-key-file", "/srv/key", "--webhook-url",
                         "http://127.0.0.1:4242/chargebee-webhook", "--webhook-user", "hook",
                         "--webhook-password-file", "/srv/password")
        wait_for("the provider answers", lambda: self.sh("curl -fs 127.0.0.1:9900/health || true"))

    def sh(self, script, **options):
        return self.machine.sh(script, **options)

    def services(self):
        return json.loads(self.sh("kuberlogic service list -o json"))

    def await_ready(self, count):
        def ready():
            answer = self.machine.run("kuberlogic", "service", "list", "-o", "json", check=False).stdout
            found = [each for each in json.loads(answer or "[]") if each.get("status") == "Ready"]
            return found if len(found) == count else None
        try:
            return wait_for(f"{count} services are ready", ready, 60)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.sh('journalctl --no-pager -n 40 -u kuberlogic')}") from None

    def visit(self, path="/"):
        host = self.services()[0]["domain"]
        return self.sh(f"curl -s --cacert {DATA}/gateway/storage/pki/authorities/local/root.crt "
                       f"--resolve {host}:443:127.0.0.1 'https://{host}{path}'")

    def ids(self):
        listed = self.sh(f"{ENGINE} ps --no-trunc --format '{{{{.ID}}}}'").split()
        return {each: self.sh(f"{ENGINE} inspect -f '{{{{.State.StartedAt}}}}' {each}") for each in listed}

    def pid(self, unit):
        return self.sh(f"systemctl show -p MainPID --value {unit}").strip()


@pytest.fixture(scope="module")
def vendor(machine):
    return Vendor(machine)


def test_installed_and_started(vendor, machine):
    told = vendor.install()
    assert "systemctl enable --now kuberlogic" in told
    configuration = machine.root / "etc/kuberlogic"
    (configuration / "app.yaml").write_text((ROOT / "examples/tiny/app.yaml").read_text())
    (configuration / "kuberlogic.yaml").write_text(CONFIG)
    vendor.provider()
    vendor.sh("systemctl enable --now kuberlogic")
    assert vendor.sh(f"systemctl is-active {UNITS}").split() == ["active"] * 4
    assert vendor.sh("systemctl list-units --failed --plain --no-legend") == ""


def load_image(vendor):
    vendor.sh(f"{ENGINE} load -q -i {SOURCE}/.cache/images/tiny.tar")


def test_an_order_becomes_an_instance(vendor):
    load_image(vendor)
    vendor.sh("curl -fs 127.0.0.1:9900/admin/subscriptions -H 'Content-Type: application/json' "
              """-d '{"item_price_id":"starter-USD-monthly","source":"hosted_page"}'""")
    [service] = vendor.await_ready(1)
    assert service["domain"].endswith(DOMAIN)
    assert "Tiny" in vendor.visit()
    vendor.visit("/append?path=/data/kept&text=precious")


def test_the_plans_storage_is_in_force_through_the_sandbox(vendor):
    assert f"{DATA}/storage.btrfs" in vendor.sh("mount")
    assert "EDQUOT" in vendor.visit("/write?path=/data/big&mb=400")
    vendor.sh(f"rm {DATA}/storage/instances/*/*/big")


def test_programs_are_in_their_sandboxes(vendor):
    for unit, most in (("kuberlogic", 4.0), ("kuberlogic-gateway", 2.0)):
        status = dict(line.split(":\t", 1) for line in vendor.sh(f"cat /proc/{vendor.pid(unit)}/status").splitlines()
                      if ":\t" in line)
        assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", unit
        rows = vendor.sh("systemd-analyze security --no-pager").splitlines()
        [exposure] = [float(row.split()[1]) for row in rows if row.startswith(f"{unit}.service")]
        assert exposure <= most, rows
    # It faces the internet: neither store, key nor configuration is there for it.
    seen = vendor.sh(f"nsenter -t {vendor.pid('kuberlogic-gateway')} -m ls {DATA} /etc/kuberlogic")
    assert seen.split() == ["/etc/kuberlogic:", f"{DATA}:", "gateway"]
    denied = vendor.sh(f"nsenter -t {vendor.pid('kuberlogic')} -m touch /usr/local/bin/x 2>&1 || true")
    assert "Read-only" in denied


def test_no_container_notices_when_units_restart_or_die(vendor):
    before = vendor.ids()
    vendor.sh("systemctl restart kuberlogic kuberlogic-gateway kuberlogic-engine")
    vendor.await_ready(1)
    for unit in ("kuberlogic", "kuberlogic-gateway", "kuberlogic-engine"):
        pid = vendor.pid(unit)
        vendor.sh(f"kill -9 {pid}")
        wait_for(f"{unit} is back", lambda: vendor.pid(unit) not in ("0", pid) and
                 vendor.sh(f"systemctl is-active {unit} || true").strip() == "active")
    vendor.await_ready(1)
    wait_for("it answers", lambda: "precious" in vendor.visit("/read?path=/data/kept"))
    assert vendor.ids() == before


def test_upgrade_and_going_back(vendor, machine):
    before = vendor.ids()
    another_version(machine.root / "srv/newer", "0.9.9")
    broken(machine.root / "srv/broken", "echo broken; exit 1")
    assert "0.9.9 is ready" in vendor.sh("/srv/newer upgrade")
    assert vendor.sh("kuberlogic version").split()[1] == "0.9.9"
    done = machine.run("kuberlogic", "upgrade", "--from", "/srv/broken", "--patience", "5", check=False)
    assert done.returncode != 0 and "journalctl -u kuberlogic" in done.stderr, done
    assert vendor.sh("kuberlogic version").split()[1] == "0.9.9"
    told = vendor.install()
    assert f"0.9.9 -> {version_of(KUBERLOGIC)}" in told
    vendor.await_ready(1)
    assert vendor.ids() == before


def test_state_is_copied_while_it_is_used(vendor):
    vendor.sh(page("backup"))
    copied = vendor.sh("cd /var/backups/kuberlogic && ls -d * && sqlite3 kuberlogic.db 'PRAGMA integrity_check'")
    assert copied.split() == ["installation-id", "key", "kuberlogic", "kuberlogic.db", "secrets", "token", "ok"]


def test_key_is_handed_over_by_the_service_manager(vendor):
    before = vendor.ids()
    vendor.sh(page("key"))
    [service] = vendor.await_ready(1)
    assert vendor.sh(f"ls {DATA}/key 2>/dev/null || true") == ""
    assert len(vendor.sh(f"kuberlogic service secrets {service['id']}").split()) > 0
    assert vendor.ids() == before


def test_machine_is_rebooted(vendor, machine):
    machine.halt()
    machine.boot()
    vendor.provider()
    vendor.await_ready(1)
    wait_for("it answers", lambda: "precious" in vendor.visit("/read?path=/data/kept"))


def delete_all(vendor):
    return vendor.sh(f"kuberlogic uninstall --delete-data --confirm {DOMAIN}")


def test_uninstall_keeps_data_which_move_to_a_machine_without(vendor, machine):
    assert "kept" in vendor.sh(page("move-from"))
    assert vendor.sh("systemctl list-units --all --plain --no-legend 'kuberlogic*'") == ""
    assert DATA not in vendor.sh("grep btrfs /proc/mounts || true")
    assert vendor.sh("pgrep -a 'caddy|kuberlogic|tiny|pause' || true") == ""
    vendor.install()
    delete_all(vendor)
    vendor.install()
    vendor.sh(page("move-to"))
    load_image(vendor)
    vendor.await_ready(1)
    wait_for("it answers", lambda: "precious" in vendor.visit("/read?path=/data/kept"))


def test_nothing_is_left_when_told_twice(vendor, machine):
    refused = machine.run("kuberlogic", "uninstall", "--delete-data", check=False)
    assert refused.returncode == 2 and "--confirm" in refused.stderr
    delete_all(vendor)
    left = vendor.sh("ls -d /var/lib/kuberlogic /etc/kuberlogic /usr/local/bin/kuberlogic "
                     "/etc/systemd/system/*/kuberlogic* 2>/dev/null || true")
    assert left == ""
    assert "kuberlogic" not in vendor.sh("cat /proc/mounts")
    assert vendor.sh("ip -o link show type bridge") == ""
    assert vendor.sh("pgrep -a 'conmon|podman' || true") == ""
