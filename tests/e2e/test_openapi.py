"""Every route of the served description answers as it is described."""

import re

import pytest

from lab.basics import call, wait_for

KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


class Document:
    def __init__(self, raw):
        self.raw = raw

    def resolve(self, node):
        while "$ref" in node:
            target = self.raw
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def mistakes(self, value, schema, at="body"):
        """What of a value its schema does not allow; a small part of JSON Schema, all that is used."""
        schema = self.resolve(schema)
        for part in schema.get("allOf", []):
            yield from self.mistakes(value, part, at)
        if "oneOf" in schema or "anyOf" in schema:
            options = schema.get("oneOf", []) + schema.get("anyOf", [])
            if all(list(self.mistakes(value, each, at)) for each in options):
                yield f"{at}: fits none of {len(options)}"
        if value is None:
            if not schema.get("nullable"):
                yield f"{at}: null"
            return
        kind = schema.get("type")
        if kind and (not isinstance(value, KINDS[kind]) or kind != "boolean" and isinstance(value, bool)):
            yield f"{at}: {value!r} is no {kind}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at}: {value!r} is none of {schema['enum']}"
        if kind == "array":
            for number, each in enumerate(value):
                yield from self.mistakes(each, schema.get("items", {}), f"{at}[{number}]")
        if isinstance(value, dict):
            known = schema.get("properties", {})
            for name in schema.get("required", []):
                if name not in value:
                    yield f"{at}.{name}: missing"
            more = schema.get("additionalProperties", True)
            for name, each in value.items():
                if name in known:
                    yield from self.mistakes(each, known[name], f"{at}.{name}")
                elif isinstance(more, dict):
                    yield from self.mistakes(each, more, f"{at}.{name}")
                elif not more or known and "additionalProperties" not in schema and "allOf" not in schema:
                    yield f"{at}.{name}: not described"

    def check(self, answer, path, method):
        described = self.raw["paths"][path][method]["responses"]
        response = described.get(str(answer.status), described.get("default"))
        assert response is not None, f"{method} {path}: {answer.status} is not described"
        content = self.resolve(response).get("content", {})
        kind = (answer.headers["Content-Type"] or "").split(";")[0]
        if not content:
            assert not answer.body, f"{method} {path}: a body where none is described: {answer}"
            return
        assert kind in content, f"{method} {path}: {kind!r} is not among {list(content)}"
        if kind == "application/json":
            wrong = list(self.mistakes(answer.json(), content[kind].get("schema", {})))
            assert not wrong, f"{method} {path}: {wrong[:8]}"


@pytest.fixture(scope="module")
def prepared(shared):
    shared.simulator.clear_faults()
    id, _ = shared.order()
    answer = call(f"127.0.0.1:{shared.api_port}", "GET", "/openapi.json")
    assert answer.status == 200
    return shared, id, Document(answer.json())


# Something to ask each route with; {id} is filled by what the path is about.
BODIES = {
    "serviceAdd": {"id": "described-one", "type": "docker-compose"},
    "serviceEdit": {"paused": False},
    "serviceCredentialsUpdate": {"token": "described"},
}


def identifier(lab, id, path):
    if "/services/" in path:
        return lab.service(id)["id"]
    if "/events/" in path:
        return lab.simulator.events(id, "subscription_created")[0]["id"]
    return id


def test_every_route_answers_as_described(prepared):
    lab, id, document = prepared
    routes = [(path, method, operation) for path, methods in document.raw["paths"].items()
              for method, operation in methods.items() if method in ("get", "post", "patch", "put", "delete")]
    assert len(routes) >= 20
    # Removal is last, of the one that was added here.
    for path, method, operation in sorted(routes, key=lambda each: each[1] == "delete"):
        target = path.replace("{id}", "described-one" if method == "delete" else identifier(lab, id, path))
        body = BODIES.get(operation["operationId"])
        answer = lab.api(method.upper(), target, body)
        assert answer.status < 300, f"{method} {path}: {answer}"
        assert str(answer.status) in operation["responses"], f"{method} {path}: {answer.status}"
        document.check(answer, path, method)
    wait_for("the added one is gone", lambda: lab.find("/api/v1/services/described-one/") is None)


def test_refusals_are_as_described(prepared):
    lab, _, document = prepared
    for path, methods in document.raw["paths"].items():
        for method, operation in methods.items():
            if method not in ("get", "post", "patch", "put", "delete"):
                continue
            open_route = operation.get("security") == []
            target = path.replace("{id}", "nobody-here")
            refused = call(f"127.0.0.1:{lab.api_port}", method.upper(), target)
            assert (refused.status == 401) == (not open_route), f"{method} {path}: {refused}"
            if not open_route:
                document.check(refused, path, method)
            if "{id}" in path:
                missing = lab.api(method.upper(), target, BODIES.get(operation["operationId"]))
                assert missing.status == 404, f"{method} {path}: {missing}"
                document.check(missing, path, method)


def test_nothing_is_served_that_is_not_described(prepared):
    _, _, document = prepared
    from lab.basics import ROOT
    source = "".join(path.read_text() for path in (ROOT / "src/api").glob("api.cc"))
    served = set(re.findall(r'"(GET|POST|PATCH|PUT|DELETE)",\s*"(/[^"]*)"', source))
    described = {(method.upper(), path.rstrip("/") or "/") for path, methods in document.raw["paths"].items()
                 for method in methods}
    assert served and {(method, path) for method, path in served} <= described, served - described
