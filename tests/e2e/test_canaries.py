"""Secrets of the configuration are nowhere but where they belong."""

import json
import pathlib
import re
import socket
import subprocess
import tarfile

from lab.basics import KUBERLOGIC, call, wait_for

TOKEN = "canarytoken0123456789abcdef"
REGISTRY = "canaryregistry0123456789abcdef"


def command_lines():
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(found)


def test_canary_secrets_never_appear(install):
    lab = install(start=False)
    login = lab.dir / "registry.json"
    login.write_text(json.dumps({"auths": {"127.0.0.1:1": {"username": "u", "password": REGISTRY}}}))
    lab.configure(token=TOKEN, docker_registry_auth=login)
    headers = {"X-Token": TOKEN}
    lab.simulator.start()
    lab.spawn()
    address = f"127.0.0.1:{lab.api_port}"
    wait_for("it serves", lambda: answers(address))

    def ask(method, path, body=None, token=TOKEN):
        return call(address, method, path, body, {"X-Token": token})

    collected = []
    id, host = lab.order()
    name = json.loads(ask("GET", f"/api/v1/subscriptions/{id}/").body)["service"]
    instance = [each["value"] for each in ask("GET", f"/api/v1/services/{name}/secrets/").json()]
    assert instance
    # Everything that can go wrong is made to, for errors are where secrets slip out.
    for answer in ("wrong_key", "500", "html", "429"):
        lab.simulator.fault(answer, times=1)
        ask("POST", f"/api/v1/subscriptions/{id}/sync/")
        wait_for("the fault was met", lambda: not [
            each for each in lab.simulator.get("faults")["api"] if each["times"] != 0])
    lab.simulator.clear_faults()
    collected.append(lab.webhook("{").text)
    collected.append(call(f"127.0.0.1:{lab.hook_port}", "POST", "/chargebee-webhook", "{}").text)
    for path in ("services/", f"services/{name}/", f"services/{name}/logs/", f"explain/{id}/", "status/",
                 "info/", "subscriptions/", f"subscriptions/{id}/", "events/", "templates/", "audit/"):
        answer = ask("GET", f"/api/v1/{path}")
        assert answer.status == 200, (path, answer)
        collected.append(answer.text)
    for path in ("/metrics", "/healthz", "/readyz", "/openapi.json", "/api/v1/nothing/"):
        collected.append(ask("GET", path).text)
    collected.append(ask("GET", "/api/v1/services/", token="x" + TOKEN).text)
    collected.append(ask("POST", "/api/v1/services/", {"id": "x", "type": "nothing"}).text)
    event = json.loads(ask("GET", "/api/v1/events/").body)[0]["id"]
    collected.append(ask("GET", f"/api/v1/events/{event}/").text)
    for command in (["status"], ["service", "list"], ["explain", id], ["service", "get", name]):
        done = lab.cli(*command)
        collected.append(done.stdout + done.stderr)
    collected.append(command_lines())
    collected.append(lab.log_text())
    archive = lab.dir / "diag.tar.gz"
    done = lab.cli("diag", "--output", archive, "--log", lab.log)
    with tarfile.open(archive) as tar:
        inside = {each.name.split("/")[-1]: tar.extractfile(each).read().decode() for each in tar if each.isfile()}
    collected += [done.stdout + done.stderr, *inside.values()]
    assert id in inside["subscriptions.yaml"] and host in inside["services.yaml"]
    assert host in inside["kuberlogic.log"], inside["problems.txt"]
    assert "***@" in inside["subscriptions.yaml"]
    assert not re.search(r"[\w+-]@[\w-]+\.\w", "".join(inside.values())), "an e-mail address"
    for path in lab.data.rglob("*"):
        if path.is_file() and path.name.endswith((".log", ".json")) and "storage" not in path.parts:
            collected.append(path.read_text(errors="replace"))
    lab.stop()
    collected.append(lab.log_text())
    text = "\n".join(collected)
    assert host in text
    for secret in (TOKEN, REGISTRY, lab.secrets["key"], lab.secrets["password"], *instance):
        at = text.find(secret)
        assert at < 0, f"{secret}: ...{text[max(0, at - 200):at + 40]}"


def answers(address):
    try:
        return call(address, "GET", "/readyz", timeout=2).status == 200
    except OSError:
        return False


def test_secrets_are_sealed_and_files_private(lab):
    id, _ = lab.order()
    name = lab.service(id)["id"]
    [secret] = lab.get(f"/api/v1/services/{name}/secrets/")
    copies = list(lab.data.glob("secrets/*"))
    assert copies
    for path in [*lab.data.glob("kuberlogic.db*"), *copies]:
        assert secret["value"].encode() not in path.read_bytes(), path
        assert lab.secrets["key"].encode() not in path.read_bytes(), path
    assert lab.data.stat().st_mode & 0o077 == 0
    for name in ("token", "key"):
        assert (lab.data / name).stat().st_mode & 0o077 == 0
    audit = lab.get("/api/v1/audit/")
    assert any(each["kind"] == "service secrets" for each in audit)
    assert secret["value"] not in json.dumps(audit)


def test_a_secret_written_out_on_the_command_line_is_wiped():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [KUBERLOGIC, "--hostname", f"127.0.0.1:{listener.getsockname()[1]}", "--token", "canary-token",
             "service", "credentials", "update", "my-shop", "password=canary-password"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        api, _ = listener.accept()
        with api:
            assert b"canary-token" in api.recv(65536)
            seen = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        out, err = process.communicate(timeout=20)
    assert "password=***" in seen and "canary" not in seen, seen
    assert process.returncode == 5
    assert err.count("a secret on the command line is seen by others") == 2 and "canary" not in out + err
