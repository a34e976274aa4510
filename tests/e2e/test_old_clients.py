"""Clients of the old product go on working: its requests on the wire, its command line."""

import json
import socket
import subprocess

import pytest

from lab.basics import KUBERLOGIC, wait_for
from lab.installation import Installation

# What old clients send for times they do not know.
NEVER = "0001-01-01T00:00:00.000Z"


class OldClient:
    """Requests byte by byte as the generated client of the old API wrote them."""

    def __init__(self, lab):
        self.port, self.token = lab.api_port, lab.token

    def __call__(self, method, path, body=None):
        text = "" if body is None else json.dumps(body, separators=(",", ":")) + "\n"
        head = [f"{method} /api/v1{path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "User-Agent: Go-http-client/1.1"]
        if text:
            head += [f"Content-Length: {len(text)}", "Content-Type: application/json"]
        head += ["Accept: application/json", f"X-Token: {self.token}", "Accept-Encoding: gzip", "Connection: close"]
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as wire:
            wire.sendall(("\r\n".join(head) + "\r\n\r\n" + text).encode())
            answer = b"".join(iter(lambda: wire.recv(65536), b""))
        top, _, rest = answer.partition(b"\r\n\r\n")
        lines = top.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        assert "chunked" not in headers.get("transfer-encoding", "")
        if rest:
            assert headers["content-type"].startswith("application/json"), headers
        return int(lines[0].split()[1]), json.loads(rest) if rest else None


@pytest.fixture(scope="module")
def old(engine):
    lab = Installation(engine)
    try:
        yield lab.start()
    finally:
        lab.remove()


def ready(ask, id):
    wait_for(f"{id} is ready", lambda: ask("GET", f"/services/{id}/")[1]["status"] == "Ready", 90)


def test_old_requests_on_the_wire(old):
    ask = OldClient(old)
    assert ask("GET", "/services/") == (200, [])
    wish = {"advanced": {}, "created_at": NEVER, "id": "wired", "limits": {"cpu": "250m", "memory": "64Mi"},
            "replicas": 1, "type": "docker-compose", "subscription": "sub-1", "insecure": True}
    status, made = ask("POST", "/services/", wish)
    assert status == 201, made
    assert {"id": "wired", "type": "docker-compose", "replicas": 1, "insecure": True, "subscription": "sub-1",
            "domain": "wired.apps.localhost"}.items() <= made.items()
    assert made["created_at"] > "2020" and made["created_at"].endswith("Z")
    assert ask("POST", "/services/", wish)[0] == 409
    assert ask("POST", "/services/", {**wish, "id": "other"})[0] == 409, "its subscription is taken"
    status, refused = ask("POST", "/services/", {**wish, "id": "other", "type": "nothing", "subscription": ""})
    assert status == 422 and refused["message"]
    ready(ask, "wired")

    status, all = ask("GET", "/services/")
    assert status == 200 and [each["id"] for each in all] == ["wired"]
    assert ask("GET", "/services/?SubscriptionID=sub-1")[1] == all
    assert ask("GET", "/services/?SubscriptionID=sub-2") == (200, [])
    assert all[0]["endpoint"] == f"http://wired.apps.localhost:{old.https_port}"

    # id and type travel with every change; what the client knows of the rest, too.
    status, edited = ask("PATCH", "/services/wired/", {
        "created_at": NEVER, "id": "wired", "type": "docker-compose", "domain": made["domain"],
        "limits": {"memory": "96Mi"}, "subscription": "sub-1", "status": "Ready"})
    assert status == 200, edited
    assert edited["limits"] == {**made["limits"], "memory": "96Mi"}
    assert ask("PATCH", "/services/wired/", {"id": "wired", "type": "docker-compose", "subscription": "x"})[0] == 422
    ready(ask, "wired")

    status, told = ask("GET", "/services/wired/explain")
    assert status == 200
    assert told["pvc"].keys() >= {"size", "phase", "storageClass", "error"}
    assert told["pod"]["containers"][0].keys() >= {"name", "status", "restartCount"}
    assert told["ingress"]["hosts"] == ["wired.apps.localhost"]
    status, logs = ask("GET", "/services/wired/logs?ContainerName=web")
    assert status == 200 and logs[0].keys() == {"containerName", "logs"}
    assert "listening" in logs[0]["logs"]
    status, secrets = ask("GET", "/services/wired/secrets")
    assert status == 200 and [each.keys() for each in secrets] == [{"id", "value"}]

    assert ask("DELETE", "/services/wired/") == (200, None)
    wait_for("it is gone", lambda: ask("GET", "/services/wired/")[0] == 404, 60)
    status, missing = ask("GET", "/services/wired/explain")
    assert status == 404 and missing["message"]


def test_credentials_are_set_inside_and_kept(old):
    ask = OldClient(old)
    assert ask("POST", "/services/", {"id": "keyring", "type": "docker-compose"})[0] == 201
    ready(ask, "keyring")
    host = "keyring.apps.localhost"
    canary = "canary'$(reboot)\"0123"
    before = old.visit(host, "/env?k=TOKEN").text
    assert ask("POST", "/services/keyring/credentials/", {"token": canary}) == (200, None)
    assert ask("GET", "/services/keyring/secrets")[1] == [{"id": "token", "value": canary}]
    # What reads the secret is started anew with it; the volume is the same.
    wait_for("it runs with the new one", lambda: old.visit(host, "/env?k=TOKEN").text == canary, 60)
    assert old.visit(host, "/read?path=/data/token").text == canary != before

    secret = old.dir / "secret"
    secret.write_text("from-a-file\n")
    ready(ask, "keyring")
    assert old.cli("service", "credentials", "update", "keyring", f"token=@{secret}").stdout == "Credentials updated\n"
    wait_for("and with the next", lambda: old.visit(host, "/read?path=/data/token").text == "from-a-file", 60)

    wait_for("and keeps it", lambda: old.visit(host, "/env?k=TOKEN").text == "from-a-file", 60)
    for value in ({"token": ["x"]}, {}, {"a b": canary}):
        status, refused = ask("POST", "/services/keyring/credentials", value)
        assert status == 422 and canary not in json.dumps(refused), refused
    assert canary not in old.log_text()
    assert canary not in json.dumps(old.get("/api/v1/audit/"))
    assert ask("DELETE", "/services/keyring/")[0] == 200


def test_old_command_line(old):
    run = old.cli
    done = run("service", "serviceAdd", "--id", "scripted", "--type", "docker-compose", "--insecure", "true",
               "--limits.memory", "64Mi", "--format", "string")
    assert done.stdout == "Service 'scripted' successfully created\n"
    ready(OldClient(old), "scripted")
    listed = json.loads(run("service", "list", "--format", "json").stdout)
    assert listed[0]["id"] == "scripted" and listed[0]["insecure"] is True
    assert "scripted" in run("--hostname", f"127.0.0.1:{old.api_port}", "--scheme", "http", "--token", f"@{old.data}/token",
                             "service", "serviceList").stdout
    assert run("service", "edit", "--id", "scripted", "--limits.memory", "96Mi", "--format", "string").stdout == (
        "Service 'scripted' successfully edited\n")
    assert "listening" in run("service", "logs", "--service_id", "scripted", "--container", "web").stdout
    assert "web" in run("service", "explain", "--service_id", "scripted").stdout
    assert "VALUE" in run("service", "secrets", "--service_id", "scripted").stdout
    ready(OldClient(old), "scripted")
    done = run("service", "credentials-update", "--service_id", "scripted", "token=literal")
    assert done.stdout == "Credentials updated\n" and "seen by others" in done.stderr
    own = old.dir / "config.yaml"
    own.write_text(f"hostname: 127.0.0.1:{old.api_port}\ntoken: {old.token}\n")
    named = subprocess.run([KUBERLOGIC, "--config", own, "service", "list"], capture_output=True, text=True)
    assert "scripted" in named.stdout, named.stderr
    assert run("service", "delete", "--id", "scripted", "--dry-run").stdout == ""
    assert run("service", "delete", "--id", "scripted", "--format", "string").stdout == (
        "Service 'scripted' successfully removed\n")
    assert run("service", "delete", "--id", "nobody", check=False).returncode == 3
