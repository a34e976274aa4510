"""A plan's cpu, memory and storage, read from the kernel and tried out."""

import json
import pathlib

import pytest

from lab.basics import wait_for
from lab.installation import Installation

MIB = 1 << 20


@pytest.fixture(scope="module")
def limited(engine):
    installation = Installation(engine, storage="btrfs", storage_pool="2Gi")
    try:
        yield installation.start()
    finally:
        installation.remove()


def cgroup(lab, id, file):
    pid = lab.engine.pid(lab.web(id))
    lines = pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    for line in lines:
        number, controllers, path = line.split(":", 2)
        base = pathlib.Path("/sys/fs/cgroup")
        for candidate in (base / path.lstrip("/") / file,
                          *(base / name / path.lstrip("/") / file for name in controllers.split(","))):
            if candidate.exists():
                return candidate.read_text().strip()
    raise AssertionError(f"no {file} for {lines}")


def memory_limit(lab, id):
    try:
        return int(cgroup(lab, id, "memory.max"))
    except AssertionError:
        return int(cgroup(lab, id, "memory.limit_in_bytes"))


def limit_once_running(lab, id):
    """None while the container is being replaced, even between two looks at it."""
    try:
        return memory_limit(lab, id) if lab.running(id) else None
    except (OSError, AssertionError):
        return None


def cpu_share(lab, id):
    try:
        quota, period = cgroup(lab, id, "cpu.max").split()
    except AssertionError:
        quota, period = cgroup(lab, id, "cpu.cfs_quota_us"), cgroup(lab, id, "cpu.cfs_period_us")
    return int(quota) / int(period)


def test_limits_are_in_the_cgroup_files(limited):
    starter, _ = limited.order("starter-USD-monthly")
    business, _ = limited.order("business-USD-monthly")
    assert memory_limit(limited, starter) == 64 * MIB
    assert memory_limit(limited, business) == 256 * MIB
    assert cpu_share(limited, starter) == pytest.approx(0.25, rel=0.02)
    assert cpu_share(limited, business) == pytest.approx(1.0, rel=0.02)
    assert 0 < int(cgroup(limited, starter, "pids.max")) < 10000


def test_a_changed_plan_changes_the_limits(limited):
    id, _ = limited.order("starter-USD-monthly")
    limited.simulator.post(f"subscriptions/{id}/plan", item_price_id="team-USD-monthly")
    wait_for("the new memory limit", lambda: limit_once_running(limited, id) == 128 * MIB)
    assert cpu_share(limited, id) == pytest.approx(0.5, rel=0.02)
    limited.assert_whole(id)


def test_memory_over_the_limit_is_killed(limited):
    id, host = limited.order("starter-USD-monthly")
    other, other_host = limited.order("starter-USD-monthly")
    untouched = limited.engine.pid(limited.web(other))
    assert limited.visit(host, "/alloc?mb=20").status == 200
    before = limited.engine.pid(limited.web(id))
    assert limited.visit(host, "/alloc?mb=200").status >= 500
    wait_for("killed and started again",
             lambda: limited.running(id) and limited.engine.pid(limited.web(id)) != before)
    wait_for("it answers again", lambda: limited.visit(host).status == 200)
    assert limited.engine.pid(limited.web(other)) == untouched
    assert limited.visit(other_host).status == 200
    told = limited.get(f"/api/v1/explain/{id}/")
    assert any("OutOfMemory" in each["detail"] for each in told["timeline"]), told["timeline"]


def test_one_that_spins_gets_its_share(limited):
    _, host = limited.order("starter-USD-monthly")
    spun = json.loads(limited.visit(host, "/spin?s=2").text)
    # A quarter of a core, and some slack for the last period.
    assert 0.15 < spun["cpu_ms"] / spun["wall_ms"] < 0.35, spun


def test_full_storage_is_its_own_trouble(limited):
    _, host = limited.order("starter-USD-monthly")
    _, neighbour = limited.order("starter-USD-monthly")
    full = limited.visit(host, "/write?path=/data/big&mb=400")
    assert full.status == 507 and ("EDQUOT" in full.text or "ENOSPC" in full.text), full
    written = int(full.text.rsplit(" after ", 1)[1].split()[0])
    assert 150 * MIB < written <= 257 * MIB
    assert limited.visit(neighbour, "/write?path=/data/some&mb=100").status == 200
    assert limited.visit(neighbour).status == 200


def test_containers_are_confined(limited):
    id, _ = limited.order("starter-USD-monthly")
    seen = limited.engine.inspect(limited.web(id))
    assert "no-new-privileges" in " ".join(seen["HostConfig"]["SecurityOpt"])
    assert not seen["HostConfig"]["Privileged"]
    status = pathlib.Path(f"/proc/{limited.engine.pid(limited.web(id))}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    effective = int(next(line for line in status.splitlines() if line.startswith("CapEff")).split()[1], 16)
    for forbidden in (12, 16, 17, 19, 21, 25):  # net_admin module rawio ptrace sys_admin sys_time
        assert not effective >> forbidden & 1
