"""A purchase of WordPress in a real browser, and a post that outlives every container."""

import concurrent.futures
import json
import shutil
import subprocess

import pytest

from lab.basics import ROOT, wait_for
from lab.installation import Installation

WORDPRESS = (ROOT / "examples/wordpress/app.yaml").read_text()
TITLE = "Kept after every kill"


def browse(verb, *arguments):
    done = subprocess.run(
        [ROOT / ".cache/bin/node", "purchase.mjs", verb, shutil.which("chromium"), *arguments],
        text=True, timeout=150, capture_output=True, cwd=ROOT / "tests/e2e/node")
    assert done.returncode == 0, f"{verb}: {done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def vendor(engine):
    engine.load("mariadb", "wordpress")
    installation = Installation(engine, template=WORDPRESS, storage="btrfs", storage_pool="8Gi")
    try:
        yield installation.start()
    finally:
        installation.remove()


def test_purchase_in_a_browser(vendor):
    lab = vendor
    shop = f"http://{lab.simulator.address}"
    bought = browse("buy", f"{shop}/", "starter-USD-monthly", "jane@example.com")
    assert "/thank-you/" in bought["thanks"]
    [id] = [each["id"] for each in lab.simulator.get("subscriptions")["subscriptions"]]
    host = lab.await_written(id, 120)
    lab.explains(id, "Ready")
    name = host.split(".")[0]

    # Installed before anybody could see it.
    assert lab.visit(host, "/wp-admin/install.php").status in (403, 404)
    opened = browse("open", shop)
    assert host in opened["link"] and opened["status"] == 200
    assert opened["title"] == "Jane Doe", "the site is titled for the customer who bought it"

    site = f"https://{host}:{lab.https_port}"
    secrets = json.loads(lab.cli("service", "secrets", name, "-o", "json").stdout)
    password = next(each["value"] for each in secrets if each["id"] == "admin-password")
    post = browse("publish", site, password, TITLE)["post"]
    assert post.startswith(site)
    assert TITLE in browse("read", post)["text"]

    containers = lab.containers(id)
    assert len(containers) == 3
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(lab.engine.kill, containers))
    wait_for("all of it runs again", lambda: lab.running(id), 60)
    wait_for("the front page is back", lambda: lab.visit(host).status == 200, 60)
    again = wait_for("the post is found again", lambda: (
        lambda seen: seen if seen["status"] == 200 else None)(browse("read", post)), 60)
    assert TITLE in again["text"]
    assert lab.simulator.subscription(id)["api_writes"] == 1
    lab.explains(id, "Ready")
