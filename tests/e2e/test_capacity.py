"""The machine is filled: no order is lost, and all start, in their order, after room is made."""

import json

import pytest

from lab.basics import wait_for

# Two tiny starters of 64Mi fit.
SMALL = {"capacity_memory": "128Mi"}


def reason(lab, id):
    service = lab.service(id)
    ready = [each for each in (service or {}).get("conditions", []) if each["type"] == "Ready"]
    return ready[0]["reason"] if ready else ""


def waits(lab, id):
    wait_for(f"{id} waits for room", lambda: reason(lab, id) == "NoRoom", 30)
    assert not lab.containers(id), "nothing of it is on the engine"
    assert not lab.written(id), "its customer is told nothing yet"


def delete(lab, id):
    name = lab.service(id)["id"]
    assert lab.api("DELETE", f"/api/v1/services/{name}/").status == 200
    wait_for(f"{id} is gone", lambda: not lab.containers(id), 30)


def figure(lab, line):
    metrics = lab.api("GET", "/metrics").text
    found = [each.rsplit(" ", 1)[1] for each in metrics.splitlines() if each.startswith(line)]
    assert len(found) == 1, f"{line}: {metrics}"
    return float(found[0])


def room_of(lab, plan):
    room = json.loads(lab.cli("info", "-o", "json").stdout)["room"]
    return room, next(each["roomFor"] for each in room["plans"] if each["plan"] == plan)


def test_a_full_machine_loses_no_order_and_all_start_after_room_is_made(install):
    lab = install(**SMALL)
    assert room_of(lab, "starter-USD-monthly")[1] == 2
    ran = [lab.order()[0] for _ in range(2)]
    # One after the other: what came first is known.
    waiting = []
    for _ in range(4):
        waiting.append(lab.simulator.buy())
        waits(lab, waiting[-1])
    told = lab.explain(waiting[0])
    assert told["reason"] == "NoRoom" and "64Mi of memory" in told["summary"], told
    host = lab.service(waiting[0])["domain"]
    assert lab.visit(host).status == 503, "a page that says it is on its way"
    room, more = room_of(lab, "starter-USD-monthly")
    assert (more, room["waiting"], room["resources"]["memory"]["promised"]) == (0, 4, "128Mi")
    assert figure(lab, "kuberlogic_waiting_for_room ") == 4
    assert figure(lab, 'kuberlogic_promised{resource="memory"}') == 128 << 20
    status = lab.cli("status").stdout
    assert "4 instances wait for room" in status and "memory: 100% of 128Mi is promised" in status

    # The order of arrival outlives a kill.
    lab.kill()
    lab.serve()
    for id in ran:
        wait_for(f"{id} runs on", lambda id=id: lab.running(id), 15)
    wait_for("all wait again", lambda: figure(lab, "kuberlogic_waiting_for_room ") == 4)
    for place in range(2):
        delete(lab, ran[place])
        lab.assert_whole(waiting[place])
        for later in waiting[place + 1:]:
            assert reason(lab, later) == "NoRoom"

    # A greater machine takes all the rest at once.
    lab.restart(capacity_memory="unlimited")
    for id in waiting:
        lab.assert_whole(id)
    assert figure(lab, "kuberlogic_waiting_for_room ") == 0


def test_a_greater_plan_waits_while_the_present_size_goes_on(install):
    lab = install(**SMALL)
    first, _ = lab.order()
    second, host = lab.order()
    before = lab.engine.pid(lab.web(second))
    lab.simulator.post(f"subscriptions/{second}/plan", item_price_id="team-USD-monthly")
    told = lab.explains(second, "NoRoom")
    assert "it runs with the limits it had" in told["summary"], told
    assert lab.engine.pid(lab.web(second)) == before, "nothing was restarted"
    assert lab.visit(host).status == 200
    delete(lab, first)
    wait_for("the new memory limit", lambda: limit(lab, second) == 128 << 20, 60)
    lab.assert_whole(second)


def limit(lab, id):
    found = [each for each in lab.containers(id) if not each.is_pause and each.running]
    return lab.engine.inspect(found[0])["HostConfig"]["Memory"] if found else 0


@pytest.mark.parametrize("key", ["capacity_cpu", "capacity_memory", "capacity_storage"])
def test_each_of_the_three_can_be_the_one_that_is_short(install, key):
    amount = {"capacity_cpu": "250m", "capacity_memory": "64Mi", "capacity_storage": "256Mi"}[key]
    lab = install(**{key: amount})
    first, _ = lab.order()
    second = lab.simulator.buy()
    waits(lab, second)
    assert key.removeprefix("capacity_") in lab.explain(second)["summary"]
    delete(lab, first)
    lab.assert_whole(second)
