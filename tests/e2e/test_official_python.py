"""The provider's official Python client drives the stand-in, unmodified."""

import chargebee.main
import pytest
from chargebee import Chargebee, InvalidRequestError

from lab.basics import free_port, wait_for
from lab.simulator import Simulator


def client_of(simulator, key):
    # The class attribute is what the client reads before it dials plain http.
    chargebee.main.Chargebee.verify_ca_certs = False
    port = simulator.address.rsplit(":", 1)[1]
    return Chargebee(api_key=key, site="127", chargebee_domain=f"0.0.1:{port}", protocol="http")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    directory = tmp_path_factory.mktemp("official")
    key, password = "test_official", "secret"
    (directory / "key").write_text(key)
    (directory / "password").write_text(password)
    secrets = {"key_file": directory / "key", "user": "u", "password_file": directory / "password"}
    simulator = Simulator(directory, free_port(), f"http://127.0.0.1:{free_port()}/hook", secrets)
    simulator.start()
    simulator.key = key
    yield simulator
    simulator.stop()


@pytest.fixture
def cb(site):
    return client_of(site, site.key)


def test_retrieve_and_update(site, cb):
    id = site.buy("starter-USD-monthly", email="py@example.com")
    found = cb.Subscription.retrieve(id)
    assert found.subscription.id == id and found.subscription.status == "active"
    assert found.customer.email == "py@example.com"
    before = found.subscription.resource_version
    updated = cb.Subscription.update_for_items(id, {"cf_domain": "https://py.example.com"})
    assert updated.subscription.resource_version > before
    assert site.subscription(id)["cf_domain"] == "https://py.example.com"
    assert [each["item_price_id"] for each in (
        vars(item) for item in updated.subscription.subscription_items)] == ["starter-USD-monthly"]


def test_pages_of_a_list(site, cb):
    ids = set(site.post("subscriptions", count=7)["ids"])
    seen, offset = [], None
    while True:
        params = {"limit": 3, "id": {"in": sorted(ids)}}
        if offset:
            params["offset"] = offset
        page = cb.Subscription.list(params)
        assert len(page.list) <= 3
        seen += [each.subscription.id for each in page.list]
        offset = page.next_offset
        if not offset:
            break
    assert sorted(seen) == sorted(ids)
    states = cb.Subscription.list({"status": {"in": ["active", "in_trial"]}, "limit": 100})
    assert ids <= {each.subscription.id for each in states.list}


def test_life_of_a_subscription(site, cb):
    id = site.buy()
    paused = cb.Subscription.pause(id, {"pause_option": "immediately"})
    assert paused.subscription.status == "paused"
    resumed = cb.Subscription.resume(id, {"resume_option": "immediately"})
    assert resumed.subscription.status == "active"
    cancelled = cb.Subscription.cancel_for_items(id, {"end_of_term": False})
    assert cancelled.subscription.status == "cancelled"
    assert cb.Subscription.reactivate(id, {}).subscription.status == "active"


def test_events(site, cb):
    id = site.buy()
    event = wait_for("its event", lambda: site.events(id, "subscription_created"), 5)[0]
    one = cb.Event.retrieve(event["id"]).event
    assert one.event_type == "subscription_created" and one.api_version == "v2"
    listed = cb.Event.list({"occurred_at": {"between": [0, 4000000000]}, "limit": 100})
    assert event["id"] in {each.event.id for each in listed.list}


def test_entitlements(site, cb):
    id = site.buy()
    site.post(f"subscriptions/{id}/entitlement", feature_id="volume_size", value="7Gi")
    page = cb.SubscriptionEntitlement.subscription_entitlements_for_subscription(id, {"limit": 100})
    values = {each.subscription_entitlement.feature_id: each.subscription_entitlement.value
              for each in page.list}
    assert values["volume_size"] == "7Gi"


def test_hosted_pages_and_portal(site, cb):
    page = cb.HostedPage.checkout_new_for_items(
        {"subscription_items": [{"item_price_id": "starter-USD-monthly"}]}).hosted_page
    assert page.url.startswith("http") and page.state == "created"
    assert cb.HostedPage.retrieve(page.id).hosted_page.id == page.id
    customer = cb.Subscription.retrieve(site.buy()).customer.id
    portal = cb.PortalSession.create({"customer": {"id": customer}}).portal_session
    assert portal.access_url.startswith("http")


def test_error_classes(site, cb):
    with pytest.raises(InvalidRequestError) as missing:
        cb.Subscription.retrieve("nobody")
    assert missing.value.http_status_code == 404
    assert missing.value.api_error_code == "resource_not_found"
    with pytest.raises(chargebee.APIError) as denied:
        client_of(site, "wrong").Subscription.retrieve("nobody")
    assert denied.value.http_status_code == 401
    site.fault("429", times=1, retry_after=1)
    with pytest.raises(chargebee.APIError) as limited:
        cb.Subscription.retrieve("nobody")
    assert limited.value.http_status_code == 429
    with pytest.raises(InvalidRequestError) as wrong:
        cb.Subscription.update_for_items(site.buy(), {"subscription_items": [
            {"item_price_id": "no-such-price"}]})
    assert wrong.value.http_status_code in (400, 404)
