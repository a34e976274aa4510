"""What happens to containers, images, ports, storage, Caddy and the machine itself."""

import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

from lab.basics import alive, call, free_port, wait_for
from lab.engine import Engine
from lab.installation import TINY

MISSING = "localhost/kuberlogic/nobody-built-this:1"
QUICK_PROBE = TINY.replace("interval: 5s", "interval: 1s").replace("start_period: 10s", "start_period: 1s")


@pytest.fixture
def own_engine():
    """For what would disturb everybody's."""
    engine = Engine()
    try:
        engine.load("pause", "tiny")
        yield engine
    finally:
        engine.purge()


def tag(engine, name):
    repository, _, version = name.rpartition(":")
    answer = engine.call("POST", f"/images/localhost/kuberlogic/tiny:1/tag?repo={repository}&tag={version}")
    assert answer.status == 201, answer


def test_image_missing(install):
    lab = install(template=TINY.replace("localhost/kuberlogic/tiny:1", MISSING))
    id = lab.simulator.buy()
    told = lab.explains(id, "ImageMissing")
    assert MISSING in told["summary"] and told["remedy"]
    wait_for("the next try is told", lambda: lab.explain(id).get("nextRetryAt"), 60)
    assert lab.simulator.subscription(id)["api_writes"] == 0
    tag(lab.engine, MISSING)
    lab.assert_whole(id)
    lab.explains(id, "Ready")


def test_pull_failing_inside_a_200(install):
    """The engine answers 200 to the pull and tells of the failure in the stream."""
    image = f"127.0.0.1:{free_port()}/nobody/app:1"
    lab = install(template=TINY.replace("localhost/kuberlogic/tiny:1", image))
    pulled = lab.engine.call("POST", f"/images/create?fromImage={image.replace('/', '%2F')}")
    assert pulled.status == 200 and '"error"' in pulled.text, pulled
    id = lab.simulator.buy()
    told = lab.explains(id, "ImagePullFailed")
    assert image in told["summary"]
    tag(lab.engine, image)
    lab.assert_whole(id)


def test_application_that_never_becomes_healthy(install):
    lab = install(template=QUICK_PROBE.replace('PORT: "8080"', 'PORT: "8080"\n      START_DELAY_MS: "-1"'))
    id = lab.simulator.buy()
    told = lab.explains(id, "Unhealthy")
    assert "web" in told["summary"] and "its command ends with 1" in told["summary"]
    assert lab.simulator.subscription(id)["api_writes"] == 0 and lab.simulator.mails(id) == []
    host = lab.service(id)["domain"]
    page = lab.visit(host)
    assert page.status == 503 and "text/html" in page.headers["Content-Type"]
    [pause] = [each for each in lab.containers(id) if each.is_pause]
    port = dict(pair.split("=") for pair in pause.label("port").split(","))
    assert call(f"127.0.0.1:{port['8080']}", "GET", "/healthz?ok=1").status == 200
    lab.assert_whole(id)
    lab.explains(id, "Ready")


def test_port_taken(install):
    """The whole range given to instances is in use by somebody else."""
    first = 28000 + os.getpid() % 1000
    sockets = []
    for port in (first, first + 1):
        taken = socket.socket()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        sockets.append(taken)
    lab = install(instance_port_first=first, instance_port_last=first + 1)
    id = lab.simulator.buy()
    lab.explains(id, "PortTaken")
    assert lab.simulator.subscription(id)["api_writes"] == 0
    for taken in sockets:
        taken.close()
    lab.assert_whole(id)


def test_two_members_on_one_port(install):
    second = TINY[TINY.index("  web:"):TINY.index("\nvolumes:")].replace("  web:", "  twin:")
    second = second[:second.index("    ports:")]
    lab = install(template=TINY.replace("\nvolumes:", "\n" + second + "\nvolumes:"))
    id = lab.simulator.buy()
    lab.explains(id, "PortClash")
    assert lab.simulator.subscription(id)["api_writes"] == 0


def test_storage_full(install):
    """It is told, its neighbour notices nothing, and more room mends it."""
    lab = install(template=QUICK_PROBE, storage="btrfs", storage_pool="3Gi")
    (full, full_host), (other, other_host) = lab.order(), lab.order()
    answer = lab.visit(full_host, "/write?path=/data/big&mb=400")
    assert answer.status == 507 and ("EDQUOT" in answer.text or "ENOSPC" in answer.text), answer
    assert lab.visit(other_host, "/write?path=/data/some&mb=100").status == 200
    lab.visit(full_host, "/healthz?ok=0")
    told = lab.explains(full, "StorageFull")
    assert told["remedy"]
    lab.explains(other, "Ready")
    lab.simulator.post(f"subscriptions/{full}/plan", item_price_id="business-USD-monthly")
    lab.explains(full, "Ready")
    assert lab.visit(full_host, "/write?path=/data/more&mb=100").status == 200
    for id in (full, other):
        lab.assert_whole(id)


def test_pause_killed(lab):
    id, host = lab.order()
    lab.visit(host, "/append?path=/data/kept&text=precious")
    [pause] = [each for each in lab.containers(id) if each.is_pause]
    lab.engine.kill(pause)
    wait_for("a namespace of its own again", lambda: lab.running(id) and lab.visit(host).status == 200
             and lab.visit(host, "/read?path=/data/kept").text == "precious")
    lab.assert_whole(id)
    lab.explains(id, "Ready")


def test_container_killed(lab):
    id, host = lab.order()
    lab.engine.kill(lab.web(id))
    wait_for("it runs again", lambda: lab.running(id) and lab.visit(host).status == 200)
    lab.assert_whole(id)
    lab.explains(id, "Ready")


def test_container_removed_by_hand(lab):
    id, host = lab.order()
    removed = lab.web(id)
    lab.engine.remove(removed)
    wait_for("it runs again", lambda: lab.running(id) and lab.visit(host).status == 200)
    assert lab.web(id).id != removed.id
    lab.assert_whole(id)


def test_engine_restarted(own_engine, install):
    lab = install(on=own_engine)
    id, host = lab.order()
    pids = {own_engine.pid(each) for each in lab.containers(id)}
    own_engine.tool("stop")
    assert all(alive(pid) for pid in pids)
    assert lab.visit(host).status == 200
    second = lab.simulator.buy()
    lab.explains(second, "EngineUnavailable")
    own_engine.start()
    lab.assert_whole(second)
    lab.assert_whole(id)
    assert {own_engine.pid(each) for each in lab.containers(id)} == pids
    lab.explains(second, "Ready")


def test_machine_rebooted(own_engine, install):
    """All containers and networks are gone, then the machine starts."""
    lab = install(on=own_engine)
    orders = [lab.order(), lab.order()]
    lab.visit(orders[0][1], "/append?path=/data/kept&text=precious")
    caddy = lab.caddy_pid()
    lab.kill()
    os.kill(caddy, 9)
    own_engine.tool("crash")
    own_engine.start()
    lab.serve()
    for id, host in orders:
        wait_for(f"{host} answers again", lambda: answers(lab, host) and lab.running(id), 30)
        lab.assert_whole(id)
        lab.explains(id, "Ready")
    assert lab.visit(orders[0][1], "/read?path=/data/kept").text == "precious"


def answers(lab, host):
    try:
        return lab.visit(host).status == 200
    except OSError:
        return False


def test_caddy_killed(install):
    lab = install()
    id, host = lab.order()
    killed = lab.caddy_pid()
    os.kill(killed, 9)
    second = lab.simulator.buy()
    wait_for("another Caddy", lambda: lab.caddy_pid() not in (0, killed) and answers(lab, host))
    lab.assert_whole(second)
    lab.assert_whole(id)
    lab.explains(id, "Ready")


def test_restart_touches_no_container(install):
    lab = install()
    id, host = lab.order()
    pids = {each.id: lab.engine.pid(each) for each in lab.containers(id)}
    caddy = lab.caddy_pid()
    lab.kill()
    assert lab.visit(host).status == 200
    lab.serve()
    lab.explains(id, "Ready")
    assert {each.id: lab.engine.pid(each) for each in lab.containers(id)} == pids
    assert lab.caddy_pid() == caddy
    lab.assert_whole(id)


def test_disk_full_at_intake(install):
    """An event that cannot be kept is answered 503, and the provider's retry brings it."""
    lab = install(start=False)
    lab.data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", lab.data], check=True)
    lab.start()
    first, _ = lab.order()
    free = shutil.disk_usage(lab.data).free
    filler = lab.data / "filler"
    held = subprocess.run(f"df -m {lab.data}; df -i {lab.data}; du -am {lab.data} | sort -n | tail -20",
                          shell=True, capture_output=True, text=True).stdout
    assert free > 100 << 20, held
    with open(filler, "wb") as file:
        try:
            while free > 0:
                file.write(b"\0" * 65536)
                file.flush()
        except OSError:
            pass
    # The log of the store may have had room left from before: it ends within a few events.
    event = {"event_type": "subscription_created", "api_version": "v2", "occurred_at": int(time.time()),
             "content": {"subscription": {"id": "filler", "resource_version": 1}, "pad": "x" * 60000}}
    statuses = [lab.webhook({"id": f"ev_fill{n}", **event}).status for n in range(40)]
    assert 503 in statuses and set(statuses) <= {200, 503}, statuses
    id = lab.simulator.buy()
    wait_for("the provider was refused", lambda: lab.simulator.get("counters")["webhooks_failed"] > 0)
    assert lab.process.poll() is None
    filler.unlink()
    lab.assert_whole(id)
    lab.assert_whole(first)
    lab.explains(id, "Ready")


def faketime_library():
    found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    assert found, "libfaketime is missing: run tools/setup test"
    return str(found[0])


def clock(lab, stamp):
    return {"LD_PRELOAD": faketime_library(), "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_TIMESTAMP_FILE": str(stamp), "FAKETIME_NO_CACHE": "1"}


def test_clock_ten_years_ahead(install):
    """No instance stops, and it is told why times look wrong."""
    lab = install(start=False, chargebee_poll_interval=1)
    stamp = lab.dir / "clock"
    stamp.write_text("+0\n")
    lab.simulator.start()
    lab.serve(**clock(lab, stamp))
    orders = [lab.order() for _ in range(2)]
    before = {each.id for id, _ in orders for each in lab.containers(id)}
    stamp.write_text("+3650d\n")
    id = orders[0][0]
    wait_for("the jump is told", lambda: "ClockJumped" in lab.explain(id)["summary"])
    assert lab.get("/api/v1/status/")["clockJumped"]
    for id, host in orders:
        lab.cli("subscription", "sync", id)
        assert lab.visit(host).status == 200
    assert {each.id for id, _ in orders for each in lab.containers(id)} == before
    assert all(lab.running(id) for id, _ in orders)
    assert [lab.simulator.subscription(id)["api_writes"] for id, _ in orders] == [1, 1]


def test_clock_ten_years_ahead_at_start(install):
    lab = install()
    id, host = lab.order()
    before = {each.id for each in lab.containers(id)}
    lab.kill()
    stamp = lab.dir / "clock"
    stamp.write_text("+3650d\n")
    lab.serve(**clock(lab, stamp))
    lab.cli("subscription", "sync", id)
    lab.explains(id, "Ready")
    assert lab.visit(host).status == 200
    assert {each.id for each in lab.containers(id)} == before and lab.running(id)
    assert lab.simulator.subscription(id)["api_writes"] == 1
