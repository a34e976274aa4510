"""Paths, ports, waiting, and HTTP to one address whatever name the request carries."""

import base64
import http.client
import json
import os
import pathlib
import socket
import ssl
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("KUBERLOGIC_BIN", ROOT / "build/release"))
KUBERLOGIC = BIN / "src/kuberlogic"
SIMULATOR = BIN / "sim/chargebee/chargebee-sim"
POLL_SECONDS = 0.05


def free_port():
    """A loopback port nobody listens on, outside the range connections take theirs from."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=30):
    """The first true value of `condition()`; fails with its last value and what was awaited."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}; last seen: {value!r}")
        time.sleep(POLL_SECONDS)


def alive(pid):
    """Whether the process runs; one that only waits to be collected does not."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.text[:300]!r}>"


def basic(user, password=""):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def call(address, method, path, body=None, headers=None, timeout=20):
    """One request to "host:port"; a dict or list as body is sent as JSON."""
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
        headers.setdefault("Content-Type", "application/json")
    host, port = address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def unix_call(path, method, target, body=None, timeout=60):
    connection = UnixConnection(str(path), timeout)
    try:
        connection.request(method, target, body=None if body is None else json.dumps(body),
                           headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def visit(port, host, path="/", root=None, timeout=10, method="GET", body=b"", headers=None):
    """A request as a browser makes it: TLS to the gateway, the host in SNI and Host, the chain checked."""
    context = ssl.create_default_context(cafile=str(root))
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as raw:
        with context.wrap_socket(raw, server_hostname=host) as secure:
            lines = {"Host": f"{host}:{port}", "Connection": "close", "Content-Length": len(body), **(headers or {})}
            head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            secure.sendall(f"{head}\r\n".encode() + body)
            answer = http.client.HTTPResponse(secure)
            answer.begin()
            return Answer(answer.status, answer.headers, answer.read())
