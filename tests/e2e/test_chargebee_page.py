"""docs/how-to/chargebee.md, followed by a machine: its snippets, taken from the page and run in order
against an empty site; what the page does in the console is done by the simulator's switches."""

import json
import os
import re
import subprocess
import urllib.parse

import pytest

from lab.basics import KUBERLOGIC, ROOT, basic, call
from lab.installation import TINY

PAGE = (ROOT / "docs/how-to/chargebee.md").read_text()
BASE = "https://$SITE.chargebee.com/api/v2"
BY_INIT = ("kuberlogic_domain", "docker_compose", "chargebee_site", "chargebee_key",
           "chargebee_webhook_user", "chargebee_webhook_password")


class Page:
    """Blocks by step ("1" for "## 1. The key") and language."""

    def __init__(self, text):
        self.blocks, self.order = {}, []
        for section in re.split(r"^## ", text, flags=re.M)[1:]:
            step = section.split(".")[0]
            for language, body in re.findall(r"^```(\w+)\n(.*?)^```$", section, flags=re.M | re.S):
                self.blocks.setdefault((step, language), []).append(body)
                if language == "sh":
                    self.order.append((step, body))

    def only(self, step, language):
        [block] = self.blocks[step, language]
        return block


class Reader:
    """Somebody who does what the page says: one shell, whose variables and functions last."""

    def __init__(self, page, installation, environment):
        self.page, self.installation = page, installation
        self.environment = {**os.environ, **environment,
                            "PATH": f"{KUBERLOGIC.parent}:{os.environ['PATH']}"}
        self.left = list(page.order)

    def do(self, step, stdin="", **variables):
        """Runs the next block of the page, which must be of this step; what it printed."""
        found, block = self.left.pop(0)
        assert found == step, f"the page goes on with step {found}, not {step}"
        state = self.installation.dir / "shell"
        script = (f"set -euo pipefail\n[ ! -f {state} ] || . {state}\n{block}\n"
                  f"{{ declare -p SITE; declare -f chargebee; }} > {state}\n")
        api = f"http://{self.installation.simulator.address}/api/v2"
        assert step != "1" or block.count(BASE) == 1, "the page no longer says where the API is"
        done = subprocess.run(["bash", "-c", script.replace(BASE, api)], cwd=self.installation.dir,
                              input=stdin, capture_output=True, text=True, timeout=180,
                              env={**self.environment, **variables})
        assert done.returncode == 0, f"step {step}: {block}\n{done.stdout}{done.stderr}"
        return done.stdout

    def serve(self, step):
        found, block = self.left.pop(0)
        assert (found, block.strip()) == (step, "kuberlogic serve")
        self.installation.serve(**self.environment)


def attributes(html, name):
    """The `data-cb-*` and `id` attributes of each tag that has `name`."""
    tags = [tag for tag in re.findall(r"<\w+[^>]*>", html) if f"{name}=" in tag]
    return [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in tags]


@pytest.fixture
def reader(install, tmp_path, monkeypatch):
    page = Page(PAGE)
    plans = page.only("2", "yaml")
    template = re.sub(r"^x-kuberlogic-plans:\n(?:  .*\n)+", plans, TINY, flags=re.M)
    assert plans in template
    empty = tmp_path / "empty.json"
    empty.write_text(json.dumps({"items": [], "item_prices": []}))
    installation = install(
        start=False, template=template, chargebee_rate_per_minute=None,
        simulator_options=["--catalog", empty, "--without-mail", "--without-domain-field"])
    installation.simulator.command[installation.simulator.command.index("--site") + 1] = "example-test"
    (installation.dir / "kuberlogic.yaml").unlink()
    installation.simulator.start()
    installation.simulator.post("endpoints/clear")
    installation.simulator.post("settings", portal_by_api=False)
    environment = {f"KUBERLOGIC_{key.upper()}": str(value)
                   for key, value in installation.config.items()
                   if key not in BY_INIT and value is not None}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Reader(page, installation, environment)


def ordered(text):
    return re.search(r"order placed: subscription (\S+) of", text)[1]


def mails(installation, id):
    return [each for each in installation.simulator.mails(id) if each["to"]]


def test_the_page_leads_from_an_empty_site_to_a_mailed_domain(reader):
    page, installation = reader.page, reader.installation
    simulator = installation.simulator

    answer = reader.do("1", stdin=installation.secrets["key"] + "\n")
    assert '"product_catalog_version":"v2"' in answer
    for name in ("chargebee.key", "chargebee.curl"):
        assert (installation.dir / name).stat().st_mode & 0o77 == 0
    reader.do("2")
    reader.do("3")
    simulator.post("settings", custom_fields=["cf_domain"])  # step 4, in the console
    checked = reader.do("5")
    assert "ready for orders" in checked, checked
    assert "2 plans sold and served" in checked and "✓ feature volume_size" in checked, checked
    assert not (installation.dir / "chargebee.key").exists()

    reader.serve("6")
    followed = reader.do("6")
    first = ordered(followed)
    host = installation.await_written(first)
    assert "waiting for kuberlogic to hear of it" in followed, followed
    assert f"domain written to the subscription: https://{host}:" in followed, followed
    assert host.endswith(".apps.example.com")
    assert installation.visit(host).status == 200
    assert installation.service(first)["limits"]["storage"] == "1Gi"
    assert mails(installation, first) == []  # off on a new site, as the page warns

    hook = f"http://127.0.0.1:{installation.hook_port}/chargebee-webhook"
    reader.environment["KUBERLOGIC_CHARGEBEE_WEBHOOK_URL"] = hook
    made = reader.do("7")
    assert "created" in made and "✓ webhook: leads to" in made, made

    subject, text = page.only("9", "text").removeprefix("Subject: ").split("\n\n", 1)
    simulator.post("settings", mail_enabled=True, mail_subject=subject, mail_text=text)

    second = bought_by_the_button(reader)
    host = installation.await_written(second)
    simulator.quiet()
    heard = [each for each in simulator.events(second) if each["webhook_status"] == "succeeded"]
    assert "subscription_created" in [each["event_type"] for each in heard], heard
    [mail] = mails(installation, second)
    assert mail["subject"] == "Your application is ready" and mail["to"] == "jane@example.com"
    assert f"Hello Jane,\n\nyour application is at https://{host}" in mail["text"], mail

    simulator.post("settings", portal_by_api=True)  # step 10, in the console
    customer = simulator.subscription(second)["customer_id"]
    session = json.loads(reader.do("10", CUSTOMER=customer))["portal_session"]
    way_in = urllib.parse.urlsplit(session["access_url"])
    entered = call(simulator.address, "GET", f"{way_in.path}?{way_in.query}")
    assert entered.status in (200, 302, 303), entered
    assert reader.left == [], f"blocks of the page that nobody ran: {reader.left}"
    assert "✓ portal link" in installation.cli("billing", "check", check=False).stdout


def bought_by_the_button(reader):
    """What chargebee.js makes of the button's attributes: a checkout of that item."""
    simulator, page = reader.installation.simulator, reader.page
    button, _ = page.blocks["8", "html"]
    [script] = attributes(button, "data-cb-site")
    [link] = attributes(button, "data-cb-item-0")
    assert script["data-cb-site"] == "example-test" and link["data-cb-type"] == "checkout"
    form = {"subscription_items[item_price_id][0]": link["data-cb-item-0"],
            "subscription_items[quantity][0]": link["data-cb-item-0-quantity"]}
    key = reader.installation.secrets["key"]
    page_of = call(simulator.address, "POST", "/api/v2/hosted_pages/checkout_new_for_items",
                   urllib.parse.urlencode(form),
                   {"Content-Type": "application/x-www-form-urlencoded", "Authorization": basic(key)})
    assert page_of.status == 200, page_of
    path = urllib.parse.urlsplit(page_of.json()["hosted_page"]["url"]).path
    before = {each["id"] for each in simulator.get("subscriptions")["subscriptions"]}
    paid = call(simulator.address, "POST", path, urllib.parse.urlencode(
        {"email": "jane@example.com", "first_name": "Jane", "last_name": "Doe",
         "card_number": "4242 4242 4242 4242", "card_expiry": "12 / 34", "card_cvc": "123"}),
        {"Content-Type": "application/x-www-form-urlencoded"})
    assert paid.status in (302, 303), paid
    [id] = {each["id"] for each in simulator.get("subscriptions")["subscriptions"]} - before
    return id


def test_snippets_for_the_website_are_whole():
    page = Page(PAGE)
    _, table = page.blocks["8", "html"]
    [place] = attributes(table, "data-pricing-table-key")
    assert place["id"] == "chargebee-pricing-table"
    [portal] = attributes(page.only("10", "html"), "data-cb-type")
    assert portal["data-cb-type"] == "portal"
    for html in (*page.blocks["8", "html"], page.only("10", "html")):
        assert html.count('src="https://js.chargebee.com/v2/chargebee.js"') == 1
        assert "example-test" in html


def test_what_the_page_quotes_is_what_the_program_says():
    """The left column of the last table, against the program's own words."""
    said = "".join(path.read_text() for folder in ("adapters/billing_chargebee", "domain", "cmd")
                   for path in (ROOT / "src" / folder).glob("*.cc"))
    said = re.sub(r'"\s*\n\s*"', "", said)
    table = PAGE.split("## When something is wrong")[1].split("##")[0]
    for quoted in re.findall(r"^\| `([^`]+)`", table, flags=re.M):
        words = [each.strip(" .:") for each in re.split(r"\.\.\.|cf_domain", quoted)]
        for part in words:
            assert not part or part == "401" or part in said, f"nobody says: {part}"
