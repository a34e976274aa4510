"""One installation: a data directory, the provider's stand-in, and `kuberlogic serve` with its Caddy."""

import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile

from lab.basics import KUBERLOGIC, ROOT, alive, basic, call, free_port, visit, wait_for
from lab.simulator import SITE, Simulator

DOMAIN = "apps.localhost"
TINY = (ROOT / "examples/tiny/app.yaml").read_text()
HOOK = "/chargebee-webhook"


class Installation:
    """`config` overrides keys of the configuration; a value None leaves the key out."""

    made = 0

    def __init__(self, engine, /, template=TINY, simulator_options=(), **config):
        self.engine = engine
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kli-", dir="/tmp"))
        self.data = self.dir / "data"
        self.log = self.dir / "kuberlogic.log"
        self.process = None
        self.api_port, self.hook_port, self.sim_port = free_port(), free_port(), free_port()
        self.http_port, self.https_port = free_port(), free_port()
        self.template = self.dir / "app.yaml"
        self.template.write_text(template)
        # Canaries: recognizable wherever they turn up, see test_canaries.
        self.secrets = {"key": "test_canary" + secrets.token_hex(8), "user": "hook",
                        "password": "canarypw" + secrets.token_hex(8),
                        "key_file": self.dir / "api-key",
                        "password_file": self.dir / "webhook-password"}
        for name in ("key", "password"):
            self.secrets[f"{name}_file"].write_text(self.secrets[name] + "\n")
        self.simulator = Simulator(self.dir, self.sim_port, f"http://127.0.0.1:{self.hook_port}{HOOK}",
                                   self.secrets, *simulator_options)
        Installation.made += 1
        self.config = {
            "data_dir": self.data, "kuberlogic_domain": DOMAIN, "docker_compose": self.template,
            "engine": engine.socket, "api_listen": f"127.0.0.1:{self.api_port}",
            "webhook_listen": f"127.0.0.1:{self.hook_port}",
            "gateway_http_port": self.http_port, "gateway_https_port": self.https_port,
            "gateway_public": "false", "storage": "directory",
            # Each its own block: other engines of this machine have others.
            "instance_subnets": f"10.{220 + os.getpid() % 30}.{Installation.made % 16 * 16}.0/20",
            "chargebee_site": SITE, "chargebee_key": self.secrets["key"],
            "chargebee_api_url": f"http://127.0.0.1:{self.sim_port}/api/v2",
            "chargebee_rate_per_minute": 0,
            "chargebee_webhook_user": self.secrets["user"],
            "chargebee_webhook_password": self.secrets["password"],
            # Many orders of many tests, which are small: only tests of room have too little of it.
            "capacity_cpu": "unlimited", "capacity_storage": "unlimited",
            "log_level": "debug",
        }
        self.configure(**config)

    # --- processes ---------------------------------------------------------------------------

    def configure(self, **config):
        self.config.update(config)
        kept = {key: value for key, value in self.config.items() if value is not None}
        path = self.dir / "kuberlogic.yaml"
        path.write_text("".join(f"{key}: {value}\n" for key, value in kept.items()))
        path.chmod(0o600)

    def start(self):
        self.simulator.start()
        self.serve()
        return self

    def spawn(self, **environment):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [KUBERLOGIC, "serve", "--config", self.dir / "kuberlogic.yaml"], cwd=self.dir,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **environment})

    def serve(self, seconds=60, **environment):
        self.spawn(**environment)
        wait_for("kuberlogic serves", self.answers, seconds)

    def answers(self):
        assert self.process.poll() is None, f"kuberlogic ended: {self.log_text()[-3000:]}"
        try:
            return call(f"127.0.0.1:{self.api_port}", "GET", "/readyz", timeout=3).status == 200
        except OSError:
            return False

    def kill(self):
        """kill -9."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait(10)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(20) == 0, self.log_text()[-2000:]

    def restart(self, **config):
        self.stop()
        self.configure(**config)
        self.serve()

    def caddy_pid(self):
        found = sorted(self.data.glob("gateway/*.pid"))
        return int(found[0].read_text().split()[0]) if found else 0

    def remove(self):
        """Ends and removes everything of it, whatever state it is in."""
        self.kill()
        self.simulator.stop()
        pid = self.caddy_pid()
        if pid and alive(pid) and b"caddy" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
        if self.owner:
            self.engine.remove_all(self.owner)
        lines = pathlib.Path("/proc/self/mounts").read_text().splitlines()
        points = sorted((line.split()[1] for line in lines), reverse=True)
        for point in points:
            if point.startswith(f"{self.dir}/"):
                subprocess.run(["umount", "-l", point], check=True)
        shutil.rmtree(self.dir)

    # --- the product, from outside -----------------------------------------------------------

    @property
    def owner(self):
        path = self.data / "installation-id"
        return path.read_text().strip() if path.exists() else ""

    @property
    def token(self):
        return (self.data / "token").read_text().strip()

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def api(self, method, path, body=None, headers=None, timeout=20):
        headers = {"X-Token": self.token, **(headers or {})}
        return call(f"127.0.0.1:{self.api_port}", method, path, body, headers, timeout)

    def get(self, path):
        answer = self.api("GET", path)
        assert answer.status == 200, f"{path}: {answer}"
        return answer.json()

    def find(self, path):
        answer = self.api("GET", path)
        return answer.json() if answer.status == 200 else None

    def cli(self, *arguments, check=True, timeout=30):
        done = subprocess.run([KUBERLOGIC, "--config", self.dir / "kuberlogic.yaml", *arguments],
                              cwd=self.dir, capture_output=True, text=True, timeout=timeout)
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done

    def webhook(self, body, headers=None, timeout=20):
        """Sends an event as the provider does."""
        authorization = basic(self.secrets["user"], self.secrets["password"])
        return call(f"127.0.0.1:{self.hook_port}", "POST", HOOK, body,
                    {"Authorization": authorization, "Content-Type": "application/json",
                     **(headers or {})}, timeout)

    def subscription(self, id):
        return self.find(f"/api/v1/subscriptions/{id}/")

    def service(self, id):
        """The service of a subscription, once there is one."""
        record = self.subscription(id)
        return self.find(f"/api/v1/services/{record['service']}/") if record and record.get("service") else None

    def explain(self, what):
        return self.find(f"/api/v1/explain/{what}") or {"reason": "", "summary": ""}

    def explains(self, what, *reasons, seconds=60):
        """Waits until `explain` names one of the reasons."""
        try:
            return wait_for(f"explain {what}: {reasons}", lambda: self._explained(what, reasons), seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\nexplain says: {self.explain(what)}\n{self.log_text()[-2500:]}") from None

    def _explained(self, what, reasons):
        told = self.explain(what)
        return told if told["reason"] in reasons else None

    @property
    def root(self):
        found = sorted(self.data.glob("gateway/**/root.crt"))
        assert found, "the gateway has no root certificate yet"
        return found[0]

    def visit(self, host, path="/", **request):
        return visit(self.https_port, host, path, self.root, **request)

    # --- orders ------------------------------------------------------------------------------

    def written(self, id):
        """The value in the provider's field, once it was written."""
        return self.simulator.subscription(id)["cf_domain"]

    def await_written(self, id, seconds=90):
        """Waits until the customer can be told; the host."""
        try:
            value = wait_for(f"domain of {id} written", lambda: self.written(id), seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\nexplain: {self.explain(id).get('summary')}\n"
                                 f"{self.log_text()[-4000:]}") from None
        return value.removeprefix("https://").rsplit(":", 1)[0]

    def order(self, plan="starter-USD-monthly", **fields):
        id = self.simulator.buy(plan, **fields)
        return id, self.await_written(id)

    def containers(self, id):
        return [each for each in self.engine.containers(owner=self.owner)
                if each.label("subscription").endswith(f"/{id}")]

    def running(self, id):
        """Whether exactly one instance runs: one pause, one container of each member."""
        found = self.containers(id)
        members = [each.label("member") for each in found]
        return (len(members) == len(set(members)) and "" in members and len(members) > 1
                and all(each.running for each in found) and len({each.label("uid") for each in found}) == 1)

    def web(self, id):
        found = [each for each in self.containers(id) if not each.is_pause]
        assert len(found) == 1, found
        return found[0]

    def assert_whole(self, id, writes=1):
        """One instance at the engine, an answer through the gateway, one effective write at the
        provider, one mail: counted there, not asked of KuberLogic."""
        host = self.await_written(id)
        wait_for(f"one instance of {id}: {self.containers(id)}", lambda: self.running(id), 15)
        answer = self.visit(host)
        assert answer.status == 200, answer
        self.simulator.quiet()
        seen = self.simulator.subscription(id)
        assert seen["api_writes"] == writes, seen
        assert seen["domain_values"] == [f"https://{host}:{self.https_port}"] * writes, seen
        assert len([each for each in self.simulator.mails(id) if host in each["text"] + each["link"]]) >= 1
        networks = self.engine.networks(owner=self.owner)
        assert len(networks) == len(set(networks))
        return host
