"""A provider that is slow, broken, refuses, or is another one."""

import shutil
import time

import pytest

from lab.basics import free_port, wait_for
from lab.installation import HOOK
from lab.simulator import SITE, Simulator

ONLY_SUBSCRIPTIONS = {"path": "/subscriptions"}


@pytest.mark.parametrize("answer, options, reasons", [
    ("429", {"retry_after": 2}, ["ProviderRateLimited"]),
    ("429", {}, ["ProviderRateLimited"]),
    ("500", {}, ["ProviderUnavailable"]),
    ("html", {}, ["ProviderUnavailable"]),
    ("wrong_key", {}, ["ProviderDenied"]),
], ids=["429-with-retry-after", "429-without-retry-after", "500", "html", "wrong-key"])
def test_provider_answers(install, answer, options, reasons):
    lab = install()
    first, _ = lab.order()
    lab.simulator.fault(answer, **options)
    id = lab.simulator.buy()
    event = wait_for("its event", lambda: lab.simulator.events(id), 5)[0]["id"]
    told = lab.explains(event, *reasons)
    assert told["summary"]
    assert lab.running(first)
    lab.simulator.clear_faults()
    if answer == "wrong_key":
        begun = time.monotonic()
        lab.cli("event", "replay", event)  # nothing else asks again for up to half a minute
        lab.await_written(id)
        assert time.monotonic() - begun < 15
    lab.assert_whole(id)
    lab.assert_whole(first)
    lab.explains(id, "Ready")


def test_provider_times_out(install):
    lab = install()
    lab.simulator.fault("timeout", times=1, **ONLY_SUBSCRIPTIONS)
    id = lab.simulator.buy()
    lab.await_written(id, 60)
    lab.assert_whole(id)


@pytest.mark.parametrize("answer", ["500", "timeout"])
def test_answer_of_the_write_is_lost(install, answer):
    """The provider did it and we cannot know: nothing is written twice."""
    lab = install()
    lab.simulator.fault(answer, method="POST", path="update_for_items", times=1, after=True)
    id = lab.simulator.buy()
    lab.await_written(id)
    wait_for("known to be written", lambda: lab.explain(id)["reason"] == "Ready", 60)
    lab.assert_whole(id)


def test_list_answer_empty(install):
    """Absence is not deletion."""
    lab = install()
    id, host = lab.order()
    before = {each.id for each in lab.containers(id)}
    lab.simulator.fault("empty_list")
    lab.cli("subscription", "sync", id)
    lab.explains(id, "NotFoundAtProvider", seconds=30)
    assert lab.visit(host).status == 200
    assert {each.id for each in lab.containers(id)} == before
    lab.simulator.clear_faults()
    lab.cli("subscription", "sync", id)
    lab.explains(id, "Ready")
    lab.assert_whole(id)


def test_answers_of_another_site(install):
    lab = install()
    id, host = lab.order()
    before = {each.id for each in lab.containers(id)}
    lab.simulator.fault("other_site")
    lab.cli("subscription", "sync", id)
    lab.explains(id, "NotFoundAtProvider", "ProviderUnavailable", "OtherSite", seconds=30)
    assert lab.visit(host).status == 200
    assert {each.id for each in lab.containers(id)} == before
    lab.simulator.clear_faults()
    lab.cli("subscription", "sync", id)
    lab.assert_whole(id)


def test_site_exchanged(install):
    """Another site is configured: records of the former one are left alone."""
    lab = install()
    id, host = lab.order()
    name = lab.subscription(id)["name"]
    before = {each.id for each in lab.containers(id)}
    other = Simulator(lab.dir, free_port(), f"http://127.0.0.1:{lab.hook_port}{HOOK}", lab.secrets,
                      site="another-test")
    other.start()
    try:
        lab.restart(chargebee_site="another-test", chargebee_api_url=f"http://{other.address}/api/v2")
        lab.explains(name, "OtherSite")
        assert lab.api("POST", f"/api/v1/subscriptions/{name}/sync/").status == 409
        lab.simulator.post(f"subscriptions/{id}/cancel", when="now")  # heard, and not believed
        lab.simulator.quiet()
        assert lab.visit(host).status == 200
        assert {each.id for each in lab.containers(id)} == before
        lab.simulator.post(f"subscriptions/{id}/reactivate")
    finally:
        other.stop()
    lab.restart(chargebee_site=SITE, chargebee_api_url=f"http://{lab.simulator.address}/api/v2")
    lab.explains(id, "Ready")
    lab.assert_whole(id)


def copy_store(lab, to):
    shutil.copytree(lab.data, to, ignore=lambda _, names: [
        each for each in names if not each.startswith("kuberlogic.db")])


def test_yesterdays_store_put_back(install):
    """What was ordered since is found at engine and provider, not made twice."""
    lab = install()
    first, _ = lab.order()
    lab.stop()
    copy_store(lab, lab.dir / "yesterday")
    lab.serve()
    second, host = lab.order()
    lab.visit(host, "/append?path=/data/kept&text=precious")
    before = {each.id for each in lab.engine.containers(owner=lab.owner)}
    secrets_path = f"/api/v1/services/{lab.service(second)['id']}/secrets/"
    secrets = lab.get(secrets_path)
    lab.kill()
    for path in lab.data.glob("kuberlogic.db*"):
        path.unlink()
    for path in (lab.dir / "yesterday").iterdir():
        shutil.copy(path, lab.data)
    lab.serve()
    for id in (first, second):
        wait_for(f"{id} is known", lambda: lab.service(id) and lab.explain(id)["reason"] == "Ready")
        lab.assert_whole(id)
    # The same containers with the same data and the same generated secrets, at the same address.
    assert lab.get(secrets_path) == secrets
    assert {each.id for each in lab.engine.containers(owner=lab.owner)} == before
    assert lab.visit(host, "/read?path=/data/kept").text == "precious"


def test_many_cancellations_close_the_gate(install):
    """More than a handful at once is taken for a mistake until a person says otherwise."""
    lab = install()
    ids = lab.simulator.post("subscriptions", count=8, item_price_id="starter-USD-monthly")["ids"]
    for id in ids:
        lab.await_written(id, 60)
    for id in ids:
        lab.simulator.post(f"subscriptions/{id}/cancel", when="now")
    closed = wait_for("three are kept running", lambda: [
        id for id in ids if lab.explain(id)["reason"] == "GateClosed"])
    wait_for("all are decided on", lambda: len([
        id for id in ids if lab.explain(id)["reason"] in ("GateClosed", "Suspended")]) == 8)
    closed = [id for id in ids if lab.explain(id)["reason"] == "GateClosed"]
    assert len(closed) == 3 and all(lab.running(id) for id in closed)
    assert lab.get("/api/v1/status/")["gateClosed"]
    lab.cli("billing", "release")
    wait_for("all stopped", lambda: not any(lab.running(id) for id in ids))
