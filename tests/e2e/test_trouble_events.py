"""Events that come often, late, in the wrong order or never; changes that race with our writes."""

import concurrent.futures
import time

from lab.basics import wait_for


def event_of(lab, id, type="subscription_created"):
    return wait_for(f"{type} of {id}", lambda: lab.simulator.events(id, type), 5)[-1]


def writes_stay(lab, id, writes, seconds=1.5):
    """Nothing more is written although time passes."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert lab.simulator.subscription(id)["api_writes"] == writes
        time.sleep(0.1)


def test_same_event_five_times_at_once(lab):
    lab.simulator.post("faults/webhooks", drop=1)
    id = lab.simulator.buy()
    event = event_of(lab, id)
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: lab.webhook(event), range(5)))
    assert [each.status for each in answers] == [200] * 5, answers
    lab.assert_whole(id)
    # And once more when all is done.
    assert lab.webhook(event).status == 200
    writes_stay(lab, id, 1)
    assert lab.running(id)
    lab.explains(id, "Ready")


def test_events_reversed(lab):
    lab.simulator.post("faults/webhooks", reorder=3)
    id = lab.simulator.buy()
    lab.simulator.post(f"subscriptions/{id}/plan", item_price_id="team-USD-monthly")
    lab.simulator.post(f"subscriptions/{id}/plan", item_price_id="business-USD-monthly")
    lab.simulator.clear_faults()
    lab.assert_whole(id)
    wait_for("the last plan is in force",
             lambda: lab.service(id)["plan"] == "business-USD-monthly")
    lab.explains(id, "Ready")


def test_event_before_the_subscription_can_be_read(lab):
    lab.simulator.post("faults/reads", hidden_ms=2500)
    id = lab.simulator.buy()
    event_of(lab, id)
    lab.assert_whole(id)
    lab.explains(id, "Ready")


def test_lists_that_lag(lab):
    id, _ = lab.order()
    lab.simulator.post("faults/reads", list_lag_ms=2500)
    lab.simulator.post(f"subscriptions/{id}/plan", item_price_id="team-USD-monthly")
    wait_for("the new plan is in force", lambda: lab.service(id)["plan"] == "team-USD-monthly")
    lab.assert_whole(id)
    lab.explains(id, "Ready")


def test_no_webhook_ever(install):
    lab = install(chargebee_poll_interval=1)
    lab.simulator.post("faults/webhooks", drop=-1)
    id = lab.simulator.buy()
    lab.await_written(id)
    assert lab.simulator.get("counters")["webhooks_succeeded"] == 0
    lab.assert_whole(id)
    lab.simulator.post(f"subscriptions/{id}/cancel", when="now")
    wait_for("stopped without a webhook", lambda: not lab.running(id))
    lab.explains(id, "Suspended")


def test_unknown_subscription(lab):
    before = len(lab.engine.containers(owner=lab.owner))
    event = {"id": "ev_stranger", "event_type": "subscription_created", "api_version": "v2",
             "occurred_at": int(time.time()), "source": "api", "object": "event",
             "content": {"subscription": {"id": "stranger", "status": "active",
                                          "resource_version": int(time.time() * 1000)},
                         "customer": {"id": "nobody"}}}
    assert lab.webhook(event).status == 200
    # Several reads, because it could be new and lag; then it is told, and nothing was made.
    told = lab.explains("ev_stranger", "NotFoundAtProvider", "Unmatched", seconds=30)
    assert told["remedy"]
    assert len(lab.engine.containers(owner=lab.owner)) == before


def test_two_plan_changes_in_a_second(lab):
    id, _ = lab.order()
    for plan in ("team", "business"):
        lab.simulator.post(f"subscriptions/{id}/plan", item_price_id=f"{plan}-USD-monthly")
    wait_for("the second plan is in force",
             lambda: lab.service(id)["plan"] == "business-USD-monthly")
    host = lab.assert_whole(id)
    wait_for("the page is the second plan's", lambda: "Tiny Business" in lab.visit(host).text)
    lab.assert_whole(id)
    lab.explains(id, "Ready")


def test_plan_changed_between_our_read_and_our_write(lab):
    """Its event never comes: the answer of our own write is what tells."""
    id = lab.simulator.buy(id="race-lost")
    lab.simulator.post(f"subscriptions/{id}/race", item_price_id="team-USD-monthly")
    event_of(lab, id)
    lab.await_written(id)
    lab.simulator.post("faults/webhooks", drop=-1)
    wait_for("the changed plan is in force", lambda: lab.service(id)["plan"] == "team-USD-monthly")
    wait_for("one instance again", lambda: lab.running(id))
    assert lab.simulator.subscription(id)["api_writes"] == 1
    assert lab.simulator.subscription(id)["item_price_id"] == "team-USD-monthly"
    lab.explains(id, "Ready")


def test_scheduled_changes_before_provisioning(lab):
    lab.simulator.post("faults/webhooks", drop=1)
    id = lab.simulator.buy()
    lab.simulator.post(f"subscriptions/{id}/schedule", item_price_id="team-USD-monthly")
    lab.explains(id, "ScheduledChanges")
    wait_for("the instance runs", lambda: lab.running(id))
    writes_stay(lab, id, 0)
    assert lab.simulator.subscription(id)["has_scheduled_changes"]
    lab.simulator.post(f"subscriptions/{id}/unschedule")
    lab.assert_whole(id)
    lab.explains(id, "Ready")


def test_scheduled_changes_during_provisioning(lab):
    """Set while the instance starts: its event is heard before the domain is written."""
    id = lab.simulator.buy()
    wait_for("work has begun", lambda: lab.service(id), 10)
    lab.simulator.post(f"subscriptions/{id}/schedule", item_price_id="team-USD-monthly")
    lab.explains(id, "ScheduledChanges")
    assert lab.simulator.subscription(id)["api_writes"] == 0
    assert lab.simulator.subscription(id)["has_scheduled_changes"]
    lab.simulator.post(f"subscriptions/{id}/unschedule")
    lab.assert_whole(id)


def test_scheduled_changes_during_provisioning_whose_event_is_lost(lab):
    """The read right before the write sees them."""
    id = lab.simulator.buy()
    wait_for("work has begun", lambda: lab.service(id), 10)
    lab.simulator.post("faults/webhooks", drop=1)
    lab.simulator.post(f"subscriptions/{id}/schedule", item_price_id="team-USD-monthly")
    lab.explains(id, "ScheduledChanges")
    assert lab.simulator.subscription(id)["api_writes"] == 0
    assert lab.simulator.subscription(id)["has_scheduled_changes"]
    lab.simulator.post(f"subscriptions/{id}/unschedule")
    lab.assert_whole(id)


def test_field_edited_by_hand(lab):
    id, host = lab.order()
    lab.assert_whole(id)
    lab.explains(id, "Ready")
    lab.simulator.post(f"subscriptions/{id}/fields", cf_domain="https://by-hand.example.com")
    told = lab.explains(id, "DomainFieldChanged")
    assert "--republish" in told["remedy"]
    writes_stay(lab, id, 1)
    assert lab.written(id) == "https://by-hand.example.com"
    assert lab.visit(host).status == 200
    lab.cli("subscription", "sync", id, "--republish")
    wait_for("written again", lambda: host in lab.written(id))
    lab.explains(id, "Ready")
    assert lab.simulator.subscription(id)["api_writes"] == 2


def test_plan_nobody_names_is_never_silent(install):
    lab = install(template=install_template_without("business-USD-monthly"))
    id = lab.simulator.buy("business-USD-monthly")
    lab.explains(id, "Unmatched")
    assert lab.containers(id) == []
    seen = wait_for("status counts it", lambda: (
        lambda told: told if told["unmatched"] == 1 else None)(lab.get("/api/v1/status/")), 10)
    assert any(id in line for line in seen["needsPerson"]), seen


def install_template_without(plan):
    from lab.installation import TINY
    begin = TINY.index(f"  {plan}:")
    end = TINY.index("\n\n", begin)
    return TINY[:begin].rstrip() + TINY[end:]
