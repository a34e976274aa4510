"""The provider's official Node client drives the stand-in, unmodified."""

import json
import subprocess

from lab.basics import ROOT
from test_official_python import site  # noqa: F401  the same stand-in, as a fixture

NODE = ROOT / ".cache/bin/node"


def test_official_node_client(site):  # noqa: F811
    site.post("subscriptions", count=5)
    id = site.buy(email="node@example.com")
    port = site.address.rsplit(":", 1)[1]
    done = subprocess.run([NODE, "official.mjs", port, site.key, id], text=True, timeout=60,
                          capture_output=True, cwd=ROOT / "tests/e2e/node")
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["retrieved"] == {"id": id, "status": "active", "email": "node@example.com"}
    assert seen["updated"] == "https://node.example.com" and seen["newer"]
    every = {each["id"] for each in site.get("subscriptions")["subscriptions"] if each["status"] == "active"}
    assert len(seen["listed"]) == len(set(seen["listed"])) and set(seen["listed"]) >= every - {id}
    assert [seen[word] for word in ("paused", "resumed", "cancelled", "reactivated")] == [
        "paused", "active", "cancelled", "active"]
    assert id in seen["events"] and seen["event"] == "subscription_created"
    assert "volume_size" in seen["entitlements"]
    assert seen["checkout"].startswith("http") and seen["portal"].startswith("http")
    assert seen["missing"] == {"status": 404, "code": "resource_not_found"}
    assert seen["denied"]["status"] == 401
    assert seen["wrong"]["status"] in (400, 404)
