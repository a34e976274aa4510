"""Applications of different make on the way every order takes: ordered, on a greater plan, stopped and
started, and what was written into them is there.

guestbook  Python and PostgreSQL: a migration that ends, settings and password as files
links      Node.js and Redis: two paths of a host, a worker, settings written once
fossil     C, one file: no service beside it
"""

import json
import re
import urllib.parse

import pytest

from lab.basics import ROOT, wait_for

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MEBIBYTE = 1 << 20


class Application:
    """What a customer does in it; `memory` is of the two plans, in MiB."""

    def __init__(self, lab, id, host):
        self.lab, self.id, self.host = lab, id, host

    def get(self, path, **headers):
        return self.lab.visit(self.host, path, headers=headers)

    def post(self, path, fields, **headers):
        body = urllib.parse.urlencode(fields).encode()
        return self.lab.visit(self.host, path, method="POST", body=body, headers={**FORM, **headers})

    def secret(self, name):
        told = self.lab.cli("service", "secrets", self.host.split(".")[0], "-o", "json").stdout
        return {each["id"]: each["value"] for each in json.loads(told)}[name]


class Guestbook(Application):
    images = ("guestbook", "postgres")
    memory = (256, 384)
    members = {"web": "running", "migrate": "exited", "db": "running"}

    def use(self):
        for words in ("first", "second", "O'Hara; <b>third</b>"):
            assert self.post("/sign", {"name": "Ann", "words": words}).status == 303
        self.kept()
        # The small plan shows two; no markup of a visitor's.
        page = self.get("/").text
        assert "first" not in page and "second" in page and "&lt;b&gt;third" in page

    def kept(self):
        assert [each["words"] for each in self.get("/entries.json").json()] == ["first", "second", "O'Hara; <b>third</b>"]

    def on_greater_plan(self):
        assert "first" in self.get("/").text


class Links(Application):
    images = ("links", "redis")
    memory = (320, 512)
    members = {"web": "running", "api": "running", "worker": "running", "redis": "running"}

    def api(self, method="GET", link=None):
        body = json.dumps(link).encode() if link else b""
        return self.lab.visit(self.host, "/api/links", method=method, body=body,
                              headers={"Authorization": f"Bearer {self.secret('api-token')}"})

    def make(self, code):
        return self.api("POST", {"code": code, "target": f"https://example.com/{code}"}).status

    def use(self):
        assert self.get("/api/links").status == 401
        assert [self.make(code) for code in ("a", "b", "c")] == [201, 201, 402]
        for _ in range(3):
            assert self.get("/a").headers["Location"] == "https://example.com/a"
        wait_for("the worker counted three visits", lambda: self.visits("a") == 3)

    def visits(self, code):
        return {each["code"]: each["visits"] for each in self.api().json()}.get(code)

    def kept(self):
        assert (self.visits("a"), self.visits("b")) == (3, 0)
        assert f"https://{self.host}:{self.lab.https_port}/b" in self.get("/").text

    def on_greater_plan(self):
        assert self.make("c") == 201
        assert "3 of 100 links" in self.get("/").text


class Fossil(Application):
    images = ("fossil",)
    memory = (96, 192)
    members = {"fossil": "running"}

    def use(self):
        assert self.get("/setup").status == 302  # to the login
        self.write("Plans", "Precious words")
        self.kept()

    def write(self, page, words):
        """A page of the wiki, written by the administrator as a browser does it."""
        origin = f"https://{self.host}:{self.lab.https_port}"
        entered = self.post("/login", {"u": "admin", "p": self.secret("admin-password"), "in": "Login"}, Referer=f"{origin}/login")
        assert entered.status == 302, entered
        cookie = re.match("[^;]+", entered.headers["Set-Cookie"])[0]
        saved = self.post("/wikiajax/save", {"page": page, "content": words, "mimetype": "text/plain", "isnew": 1},
                          Cookie=cookie, Referer=f"{origin}/wikiedit")
        assert saved.status == 200 and "error" not in saved.json(), saved

    def kept(self):
        assert "Precious words" in self.get("/wiki?name=Plans").text

    def on_greater_plan(self):
        self.write("More", "Written on the greater plan")


@pytest.mark.parametrize("application", [Guestbook, Links, Fossil])
def test_an_application_keeps_its_data_through_its_life(engine, install, application):
    engine.load(*application.images)
    name = application.__name__.lower()
    lab = install(template=(ROOT / f"examples/{name}/app.yaml").read_text())
    id, host = lab.order()
    service = host.split(".")[0]
    used = application(lab, id, host)
    assert_members(lab, id, application)
    used.use()
    assert memory(lab, id) <= application.memory[0] * MEBIBYTE

    lab.simulator.post(f"subscriptions/{id}/plan", item_price_id="team-USD-monthly")
    wait_for("the greater plan is in force", lambda: memory(lab, id) > application.memory[0] * MEBIBYTE)
    assert memory(lab, id) <= application.memory[1] * MEBIBYTE
    wait_until_answers(lab, id, host)
    used.kept()
    used.on_greater_plan()

    lab.cli("service", "pause", service)
    wait_for("it stopped", lambda: not any(each.running for each in lab.containers(id)))
    assert lab.visit(host).status == 503
    lab.cli("service", "resume", service)
    wait_until_answers(lab, id, host)
    assert_members(lab, id, application)
    used.kept()
    assert lab.simulator.subscription(id)["api_writes"] == 1


def assert_members(lab, id, application):
    found = {each.label("member"): each.state for each in lab.containers(id) if not each.is_pause}
    assert found == application.members


def memory(lab, id):
    """What the engine allows all that runs, in bytes."""
    running = [each for each in lab.containers(id) if not each.is_pause and each.running]
    return sum(lab.engine.inspect(each)["HostConfig"]["Memory"] for each in running)


def wait_until_answers(lab, id, host):
    lab.explains(id, "Ready")
    wait_for("it answers", lambda: lab.visit(host).status in (200, 302))
