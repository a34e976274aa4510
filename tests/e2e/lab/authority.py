"""A certificate authority that speaks ACME: Pebble, names it asks for, and in front of it a proxy with a limit."""

import base64
import collections
import http.client
import http.server
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import threading
import time

from lab.basics import call, free_port, wait_for

LIMITED = {"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many new orders recently", "status": 429}


def make_listener_certificate(directory):
    """What Pebble and the proxy show of themselves, for localhost; returns (root, chain with key)."""
    root, pair = directory / "listener.crt", directory / "listener.pem"
    key = directory / "listener.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=listener", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", key, "-out", root], check=True, capture_output=True)
    pair.write_text(root.read_text() + key.read_text())
    return root, pair


def unpack(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) or b"{}")


class Names:
    """The name server both sides ask: every name leads to 127.0.0.1 unless told otherwise."""

    def __init__(self, directory):
        self.port, self.manage = free_port(), free_port()
        self.process = subprocess.Popen(
            ["pebble-challtestsrv", "-dns01", f"127.0.0.1:{self.port}", "-management", f"127.0.0.1:{self.manage}",
             "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""],
            stdout=open(directory / "names.log", "wb"), stderr=subprocess.STDOUT)
        wait_for("name server", self.answers)

    def answers(self):
        try:
            return call(f"127.0.0.1:{self.manage}", "POST", "/clear-a", {"host": "x."}).status == 200
        except OSError:
            return False

    def lead(self, host, *addresses):
        self.forget(host)
        answer = call(f"127.0.0.1:{self.manage}", "POST", "/add-a", {"host": host + ".", "addresses": addresses})
        assert answer.status == 200, answer

    def forget(self, host):
        call(f"127.0.0.1:{self.manage}", "POST", "/clear-a", {"host": host + "."})


class Limiter(http.server.ThreadingHTTPServer):
    """Passes everything on, and answers 429 to a new order above `orders` in any `seconds`, as authorities do."""

    daemon_threads = True

    def __init__(self, pebble_port, trust, pair, orders, seconds):
        super().__init__(("127.0.0.1", 0), Passage)
        self.pebble_port, self.orders, self.seconds = pebble_port, orders, seconds
        self.trust = ssl.create_default_context(cafile=trust)
        server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_side.load_cert_chain(pair)
        self.socket = server_side.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.lock = threading.Lock()
        self.order_path = None
        self.recent = collections.deque()
        self.ordered = []  # (when, host) of every order that was passed on
        self.limited = 0
        self.invalid = []  # hosts whose authorization failed
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def admits(self, host):
        now = time.monotonic()
        with self.lock:
            while self.recent and self.recent[0] <= now - self.seconds:
                self.recent.popleft()
            if len(self.recent) >= self.orders:
                self.limited += 1
                return False
            self.recent.append(now)
            self.ordered.append((now, host))
            return True

    def take_back(self, host):
        """It was no order after all: Pebble refuses one nonce in twenty, and the client asks again."""
        with self.lock:
            at = next(i for i in reversed(range(len(self.ordered))) if self.ordered[i][1] == host)
            when, _ = self.ordered.pop(at)
            if when in self.recent:
                self.recent.remove(when)

    def note(self, body):
        try:
            answer = json.loads(body)
        except ValueError:
            return
        if "newOrder" in answer:
            self.order_path = "/" + answer["newOrder"].split("/", 3)[3]
        if answer.get("status") == "invalid" and "identifier" in answer:
            with self.lock:
                self.invalid.append(answer["identifier"]["value"])


class Passage(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.pass_on(None)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != self.server.order_path:
            self.pass_on(body)
        else:
            host = unpack(json.loads(body)["payload"])["identifiers"][0]["value"]
            if not self.server.admits(host):
                self.answer(429, {"Content-Type": "application/problem+json", "Retry-After": "3600"},
                            json.dumps(LIMITED).encode())
            elif self.pass_on(body) != 201:
                self.server.take_back(host)

    def pass_on(self, body):
        to = http.client.HTTPSConnection("127.0.0.1", self.server.pebble_port, context=self.server.trust, timeout=30)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            to.request(self.command, self.path, body=body, headers=headers)
            answer = to.getresponse()
            content = answer.read()
        finally:
            to.close()
        self.server.note(content)
        keep = ("content-type", "location", "replay-nonce", "link", "retry-after")
        self.answer(answer.status, {n: v for n, v in answer.getheaders() if n.lower() in keep}, content)
        return answer.status

    def answer(self, status, headers, content):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Authority:
    """`http_port`: where it looks for proofs. `orders` in any `seconds` are all it admits."""

    def __init__(self, http_port, orders=1000, seconds=3600):
        for program in ("pebble", "pebble-challtestsrv", "openssl"):
            assert shutil.which(program), f"{program} is missing: run tools/setup test"
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kl-authority-", dir="/tmp"))
        listener, pair = make_listener_certificate(self.dir)
        self.names = Names(self.dir)
        self.port, self.manage = free_port(), free_port()
        config = self.dir / "pebble.json"
        config.write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{self.manage}",
            "certificate": str(listener), "privateKey": str(self.dir / "listener.key"),
            "httpPort": http_port, "tlsPort": free_port(), "ocspResponderURL": ""}}))
        self.process = subprocess.Popen(
            ["pebble", "-config", config, "-dnsserver", f"127.0.0.1:{self.names.port}"],
            env={**os.environ, "PEBBLE_VA_NOSLEEP": "1"},
            stdout=open(self.dir / "pebble.log", "wb"), stderr=subprocess.STDOUT)
        self.trust = ssl.create_default_context(cafile=listener)
        # Pebble's own root is made anew at each of its starts.
        self.root = wait_for("certificate authority", self.read_root)
        self.roots = self.dir / "roots.pem"
        self.roots.write_text(listener.read_text() + self.root)
        self.limiter = Limiter(self.port, listener, pair, orders, seconds)
        self.directory = f"https://localhost:{self.limiter.server_address[1]}/dir"

    def read_root(self):
        connection = http.client.HTTPSConnection("127.0.0.1", self.manage, context=self.trust, timeout=5)
        try:
            connection.request("GET", "/roots/0")
            return connection.getresponse().read().decode()
        except OSError:
            return None
        finally:
            connection.close()

    def ordered(self):
        return [host for _, host in self.limiter.ordered]

    def most_within(self, seconds):
        """The most orders that came within any so many seconds."""
        times = sorted(at for at, _ in self.limiter.ordered)
        return max((sum(begin <= at < begin + seconds for at in times) for begin in times), default=0)

    def close(self):
        self.limiter.shutdown()
        self.limiter.server_close()
        for process in (self.process, self.names.process):
            process.terminate()
            process.wait(10)
        shutil.rmtree(self.dir, ignore_errors=True)
