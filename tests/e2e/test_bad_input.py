"""Input nobody should send: a 4xx with the field, a place in the file, and what to do instead."""

import time

import pytest

from lab.basics import call
from lab.installation import TINY


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '"text"', "{}", "\0\xff",
                                  '{"id": 7}', '{"id": "ev_1", "event_type": 3, "content": []}'],
                         ids=range(10))
def test_a_webhook_that_is_no_event(lab, body):
    answer = lab.webhook(body.encode("latin-1"))
    assert answer.status == 400, answer
    assert answer.text.strip() and "\n" not in answer.text.strip()


def test_a_webhook_of_100_megabytes(lab):
    """Refused by its announced length, and while it comes when none is announced."""
    import http.client
    from lab.basics import basic
    connection = http.client.HTTPConnection("127.0.0.1", lab.hook_port, timeout=20)
    connection.putrequest("POST", "/chargebee-webhook")
    connection.putheader("Authorization", basic(lab.secrets["user"], lab.secrets["password"]))
    connection.putheader("Content-Length", str(100 << 20))
    connection.endheaders()
    block = b"x" * (1 << 20)
    try:
        for _ in range(100):
            connection.send(block)
    except OSError:
        pass  # closed on us, after the answer was sent
    assert connection.getresponse().status == 413
    assert lab.answers()


@pytest.mark.parametrize("target", ["webhook", "api"])
def test_deep_nesting(lab, target):
    body = '{"id":"x","type":' + "[" * 100000 + "]" * 100000 + "}"
    if target == "webhook":
        assert lab.webhook(body).status == 400
    else:
        refused = lab.api("POST", "/api/v1/services/", body)
        assert refused.status == 422, refused
    assert lab.answers()


def test_a_webhook_without_password(lab):
    address = f"127.0.0.1:{lab.hook_port}"
    assert call(address, "POST", "/chargebee-webhook", {"id": "x"}).status == 401
    assert call(address, "GET", "/chargebee-webhook").status == 405
    assert call(address, "POST", "/elsewhere", {}).status == 404


@pytest.mark.parametrize("fields, field", [
    ({"id": 7}, "id"), ({"id": "Not A Name"}, "id"), ({"id": "a" * 64}, "id"),
    ({"type": "no-such"}, "type"), ({"type": None}, "type"),
    ({"limits": []}, "limits"), ({"limits": {"cpu": "fast"}}, "limits.cpu"),
    ({"limits": {"memory": "12Zi"}}, "limits.memory"), ({"limits": {"storage": "-1Gi"}}, "limits.storage"),
    ({"limits": {"cpu": "NaN"}}, "limits.cpu"),
    ({"domain": "two..dots"}, "domain"), ({"domain": "sp ace.example.com"}, "domain"),
    ({"domain": "a" * 300}, "domain"), ({"replicas": "many"}, "replicas"), ({"replicas": 3}, "replicas"),
    ({"insecure": "yes"}, "insecure"), ({"advanced": "x"}, "advanced"),
    ({"advanced": {"title": {"deep": 1}}}, None), ({"surprise": 1}, "surprise"),
], ids=lambda value: str(value)[:40])
def test_a_service_nobody_can_make(lab, fields, field):
    before = len(lab.get("/api/v1/services/"))
    refused = lab.api("POST", "/api/v1/services/", {"id": "plain-name", "type": "docker-compose", **fields})
    assert refused.status == 422, refused
    told = refused.json()
    assert told["message"] and "\n" not in told["message"]
    if field:
        assert told["details"] == [{"field": field}], told
    assert len(lab.get("/api/v1/services/")) == before


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "\xff\xfe"], ids=range(5))
def test_a_body_that_is_no_object(lab, body):
    refused = lab.api("POST", "/api/v1/services/", body.encode("latin-1"))
    assert refused.status == 422 and refused.json()["details"] == [{"field": "body"}], refused


def test_wrong_token_and_wrong_path(lab):
    address = f"127.0.0.1:{lab.api_port}"
    for headers in ({}, {"X-Token": ""}, {"X-Token": "wrong"}, {"Authorization": "Bearer wrong"}):
        assert call(address, "GET", "/api/v1/services/", headers=headers).status == 401
    assert lab.api("GET", "/api/v1/nothing/").status == 404
    assert lab.api("PUT", "/api/v1/services/").status == 405
    assert lab.api("GET", "/api/v1/services/%2e%2e%2fetc/").status == 404


@pytest.mark.parametrize("old, new, line", [
    ("image: localhost/kuberlogic/tiny:1", "image: localhost/kuberlogic/tiny:1\n    privileged: true", "privileged"),
    ("cpu: 250m", "cpu: quick", "cpu: quick"),
    ("services:", "services: [", "services: ["),
    ('Secret "token"', 'Secret "nobody"', 'Secret "nobody"'),
    (".Parameters.title", ".Parameters.titel", ".Parameters.titel"),
], ids=["refused-key", "bad-quantity", "broken-yaml", "unknown-secret", "unknown-parameter"])
def test_a_template_with_a_mistake(lab, tmp_path, old, new, line):
    assert old in TINY
    text = TINY.replace(old, new, 1)
    path = tmp_path / "app.yaml"
    path.write_text(text)
    done = lab.cli("template", "check", str(path), check=False)
    told = done.stdout + done.stderr
    assert done.returncode != 0, told
    number = 1 + text[:text.index(line)].count("\n")
    if "broken" not in told and new != "services: [":
        assert f"{path}:{number}:" in told, told
    column = told.split(f"{path}:", 1)[1].split(":")[1]
    assert column.strip().isdigit(), told


def test_a_broken_template_stops_the_start(install):
    lab = install(template=TINY.replace("250m", "quick"), start=False)
    lab.spawn()
    assert lab.process.wait(20) == 2
    assert f"{lab.template}:" in lab.log_text()


@pytest.mark.parametrize("config, field", [
    ({"storage_pool": "much"}, "storage_pool"), ({"kuberlogic_domain": "not a domain"}, "kuberlogic_domain"),
    ({"gateway_https_port": 99999}, "gateway_https_port"), ({"surprise": 1}, "surprise"),
    ({"chargebee_key": None}, "chargebee_key"), ({"engine": "/nowhere.sock"}, "engine"),
], ids=lambda value: str(value)[:30])
def test_a_configuration_that_cannot_work(install, config, field):
    lab = install(start=False, **config)
    begun = time.monotonic()
    lab.spawn()
    assert lab.process.wait(20) in (1, 2)
    assert time.monotonic() - begun < 10
    assert field in lab.log_text() and len(lab.log_text().strip().splitlines()) < 10
