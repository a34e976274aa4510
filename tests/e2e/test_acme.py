"""Public certificates by ACME, against Pebble: none of the authority's limits is reached, no host waits unserved."""

import collections
import http.server
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading

import pytest

from lab.authority import Authority
from lab.basics import BIN, call, free_port, visit, wait_for

GATEWAY = BIN / "tests/acme/kuberlogic-acme-gateway"
DOMAIN = "apps.test"


class Application(http.server.ThreadingHTTPServer):
    """What runs behind every host."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = ("hello from " + self.headers["Host"]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Gateway:
    """The gateway with its certificates, and visitors who trust its own authority and the public one."""

    def __init__(self, hosts=0, more=(), orders=1000, window=3600, authority_orders=1000, http_port=None):
        assert GATEWAY.exists(), f"{GATEWAY} is not built: run tools/build"
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kla-", dir="/tmp"))
        self.http_port, self.https_port, self.status_port = free_port(), free_port(), free_port()
        self.authority = Authority(http_port or self.http_port, authority_orders, window)
        self.application = Application()
        self.hosts = [f"h{i}.{DOMAIN}" for i in range(hosts)] + list(more)
        self.process = None
        self.arguments = [
            GATEWAY, "--data-dir", self.dir, "--domain", DOMAIN, "--http-port", self.http_port,
            "--https-port", self.https_port, "--directory", self.authority.directory,
            "--ca-root", self.authority.roots, "--dns", f"127.0.0.1:{self.authority.names.port}",
            "--address", "127.0.0.1", "--listen", f"127.0.0.1:{self.status_port}",
            "--upstream", self.application.address, "--hosts", hosts, "--orders", orders,
            "--per-domain", 1000, "--window-ms", int(window * 1000)]
        for host in more:
            self.arguments += ["--host", host]

    def start(self):
        log = open(self.dir / "log", "ab")
        self.process = subprocess.Popen([str(each) for each in self.arguments], stdout=subprocess.PIPE, stderr=log)
        said = self.process.stdout.readline().decode().strip()
        while said and said != "serving" and " [info] " in said:
            said = self.process.stdout.readline().decode().strip()
        assert said == "serving", said
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def trust(self):
        context = ssl.create_default_context(cafile=self.dir / "gateway/storage/pki/authorities/local/root.crt")
        context.load_verify_locations(self.authority.roots)
        return context

    def visit(self, host, context=None):
        """One visit on a connection of its own: (body, who signed). Whatever goes wrong is raised."""
        with socket.create_connection(("127.0.0.1", self.https_port), timeout=20) as plain:
            with (context or self.trust()).wrap_socket(plain, server_hostname=host) as tls:
                issuer = dict(pair for part in tls.getpeercert()["issuer"] for pair in part)["commonName"]
                tls.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                text = b"".join(iter(lambda: tls.recv(65536), b"")).decode()
        assert text.startswith("HTTP/1.1 200"), text[:200]
        return text.split("\r\n\r\n", 1)[1], issuer

    def status(self):
        """({host: why it waits, "-" when it does not}, counters)"""
        lines = call(f"127.0.0.1:{self.status_port}", "GET", "/status").text.splitlines()
        waits = dict(line.split(" ", 1) for line in lines if not line.startswith("#"))
        counters = {line.split()[1]: int(line.split()[2]) for line in lines if line.startswith("#")}
        return waits, counters

    def waiting(self):
        return {host: why for host, why in self.status()[0].items() if why != "-"}

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        subprocess.run([GATEWAY, "--data-dir", self.dir, "--end"], check=True)
        self.authority.close()
        self.application.shutdown()
        self.application.server_close()
        shutil.rmtree(self.dir, ignore_errors=True)


@pytest.fixture
def make():
    made = []

    def make(**options):
        made.append(Gateway(**options))
        return made[-1]

    yield make
    for gateway in made:
        gateway.close()


class Visitors:
    """Visits every host again and again; whatever goes wrong is kept."""

    def __init__(self, gateway, threads=4):
        self.gateway, self.stopped = gateway, False
        self.visits, self.failures = 0, []
        self.threads = [threading.Thread(target=self.run, args=(i, threads)) for i in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self, first, step):
        context = self.gateway.trust()
        while not self.stopped:
            for host in self.gateway.hosts[first::step]:
                if self.stopped:
                    return
                try:
                    self.gateway.visit(host, context)
                except Exception as error:  # noqa: BLE001 - all of them are findings
                    self.failures.append(f"{host}: {error!r}")
                self.visits += 1

    def stop(self):
        self.stopped = True
        for thread in self.threads:
            thread.join()


def test_a_burst_of_200_hosts_stays_within_the_limits_and_every_host_is_served_meanwhile(make):
    lost = f"lost.{DOMAIN}"
    gateway = make(hosts=200, more=[lost], orders=20, window=3, authority_orders=22)
    authority = gateway.authority
    authority.names.lead(lost, "192.0.2.1")
    gateway.start()
    visitors = Visitors(gateway)
    try:
        seen = collections.Counter(gateway.visit(host)[1].split()[0] for host in gateway.hosts)
        assert seen["KuberLogic"] > 100, "nothing of the queue is seen: all had their certificates at once"
        wait_for("all certificates", lambda: set(gateway.waiting()) == {lost}, 180)
    finally:
        visitors.stop()
    assert visitors.failures == []
    assert visitors.visits > 1000
    assert authority.limiter.limited == 0, "the authority said 429"
    assert authority.limiter.invalid == [], "an authorization failed"
    assert sorted(authority.ordered()) == sorted(f"h{i}.{DOMAIN}" for i in range(200)), "each once, and the lost never"
    assert 10 < authority.most_within(3) <= 20, "our own limit"
    for host in gateway.hosts[:-1]:
        body, issuer = gateway.visit(host)
        assert body == f"hello from {host}" and issuer.startswith("Pebble"), issuer
    assert gateway.visit(lost)[1].startswith("KuberLogic")
    assert gateway.waiting()[lost] == "DomainElsewhere its name leads to 192.0.2.1, this machine is 127.0.0.1"


def test_a_host_is_ordered_once_its_name_leads_here(make):
    moved, nowhere = f"moved.{DOMAIN}", f"nowhere.{DOMAIN}"
    gateway = make(more=[moved])
    gateway.authority.names.lead(moved, "127.0.0.1", "192.0.2.1")
    gateway.start()
    wait_for("a second look", lambda: gateway.status()[1]["elsewhere"] >= 2)
    assert gateway.authority.ordered() == [], "one of its addresses is somebody else's"
    gateway.authority.names.lead(moved, "127.0.0.1")
    wait_for("certificate", lambda: not gateway.waiting())
    assert gateway.visit(moved)[1].startswith("Pebble")
    with pytest.raises(AssertionError, match="HTTP/1.1 404"):
        gateway.visit(nowhere)


def test_a_domain_of_a_customers_own_is_served_under_its_name_from_the_first_moment(make):
    shop = "shop.customer.example"
    gateway = make(more=[shop])
    gateway.authority.names.lead(shop, "192.0.2.1")
    gateway.start()
    assert gateway.visit(shop)[1].startswith("KuberLogic")
    answer = call(f"127.0.0.1:{gateway.http_port}", "GET", "/x", headers={"Host": shop})
    assert answer.status == 308 and answer.headers["Location"].startswith(f"https://{shop}")
    gateway.authority.names.lead(shop, "127.0.0.1")
    wait_for("certificate", lambda: not gateway.waiting())
    assert gateway.visit(shop)[1].startswith("Pebble")


def test_limits_hold_over_a_kill_and_hosts_are_served_meanwhile(make):
    gateway = make(hosts=30, orders=10, window=15, authority_orders=11)
    gateway.start()
    wait_for("a full window", lambda: gateway.status()[1]["issued"] == 10)
    gateway.kill()
    served = [gateway.visit(host)[1].split()[0] for host in gateway.hosts]
    assert served.count("Pebble") == 10, "certificates are there while nobody orders"
    gateway.start()
    assert all(why.startswith("CertificateLimit") for why in gateway.waiting().values()), gateway.waiting()
    assert len(gateway.waiting()) == 20
    wait_for("all certificates", lambda: not gateway.waiting(), 90)
    assert gateway.authority.limiter.limited == 0
    assert len(gateway.authority.ordered()) == 30
    assert gateway.authority.most_within(15) <= 11


def test_an_authority_that_limits_is_left_alone(make):
    gateway = make(hosts=20, orders=1000, authority_orders=5)
    gateway.start()
    wait_for("its limit", lambda: gateway.authority.limiter.limited > 0)
    wait_for("the rest of those under way", lambda: gateway.status()[1]["issued"] == 5)
    waits = gateway.waiting()
    assert len(waits) == 15
    assert all(why.startswith("CertificateLimit") and "too many new orders" in why for why in waits.values()), waits
    assert gateway.authority.limiter.limited <= 4, "no more than were under way"
    for host in gateway.hosts:
        gateway.visit(host)


def test_a_refused_host_is_left_alone_for_a_while_and_says_why(make):
    gateway = make(hosts=3, http_port=free_port())  # the authority looks where nobody answers
    gateway.start()
    wait_for("refusals", lambda: gateway.status()[1]["refused"] == 3)
    assert sorted(gateway.authority.limiter.invalid) == gateway.hosts
    waits = gateway.waiting()
    assert all(why.startswith("CertificateRefused") and "did not find the proof" in why for why in waits.values()), waits
    assert len(gateway.authority.ordered()) == 3
    for host in gateway.hosts:
        assert gateway.visit(host)[1].startswith("KuberLogic")


def test_nobody_but_the_gateway_itself_reads_a_key(make):
    gateway = make(hosts=1).start()
    wait_for("certificate", lambda: not gateway.waiting())
    lookup = (gateway.dir / "gateway/certificate-lookup").read_text()
    port, secret = lookup.split()
    bundle = call(f"127.0.0.1:{port}", "GET", f"/{secret}?server_name={gateway.hosts[0]}").text
    assert "PRIVATE KEY" in bundle, "this is what the gateway itself reads"
    for path in ("/", "/public/" + gateway.hosts[0] + ".pem", "/fallback.pem", f"/{secret[:-1]}", f"/{secret}x",
                 f"/{secret}/../fallback.pem"):
        assert call(f"127.0.0.1:{port}", "GET", path).status == 404, path
    for name in ("../fallback", "*", "h0.apps.test/../../fallback", "%2e%2e/x", "", "H0"):
        answer = call(f"127.0.0.1:{port}", "GET", f"/{secret}?server_name={name}")
        assert answer.text == (gateway.dir / "gateway/certificates/fallback.pem").read_text(), name
    for path in gateway.dir.rglob("*"):
        if path.suffix in (".pem", ".key") or path.name == "certificate-lookup":
            assert path.stat().st_mode & 0o077 == 0, path


def test_the_product_says_why_a_host_has_no_certificate_and_orders_one_when_it_may(install):
    lab = install(start=False)
    authority = Authority(lab.http_port)
    try:
        lab.configure(tls="acme", acme_directory=authority.directory, acme_ca_root=authority.roots,
                      public_addresses="192.0.2.1", dns_resolver=f"127.0.0.1:{authority.names.port}")
        lab.start()
        id, host = lab.order()
        told = lab.explains(id, "DomainElsewhere")
        assert "leads to 127.0.0.1, this machine is 192.0.2.1" in told["certificate"]["message"]
        assert told["ingress"]["error"].startswith("DomainElsewhere") and told["remedy"]
        assert lab.get("/api/v1/status")["certificatesWaiting"] == 3, "the instance, api and billing"
        assert "certificates awaited  3" in lab.cli("status").stdout
        assert lab.visit(host).status == 200, "the internal authority's"
        assert authority.ordered() == []
        # Killed between remembering the order and placing it: placed once in the end.
        lab.stop()
        lab.configure(public_addresses="127.0.0.1")
        lab.spawn(KUBERLOGIC_CRASH_AT="certificate-remembered")
        wait_for("killed at the crash point", lambda: lab.process.poll() is not None)
        assert lab.process.returncode == -signal.SIGKILL
        lab.serve()
        told = lab.explains(id, "Ready")
        assert "certificate" not in told
        wait_for("all of them", lambda: lab.get("/api/v1/status")["certificatesWaiting"] == 0)
        for each in (host, "api.apps.localhost", "billing.apps.localhost"):
            visit(lab.https_port, each, root=authority.roots)
        assert sorted(authority.ordered()) == sorted([host, "api.apps.localhost", "billing.apps.localhost"])
        lab.restart()
        lab.explains(id, "Ready")
        assert len(authority.ordered()) == 3, "what is held is not ordered again"
        assert "PRIVATE KEY" not in lab.log_text()
    finally:
        authority.close()
