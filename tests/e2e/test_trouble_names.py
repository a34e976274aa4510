"""Names and domains that are wanted twice, or by nobody in his right mind."""

from lab.basics import wait_for


def add(lab, id, **fields):
    return lab.api("POST", "/api/v1/services/", {"id": id, "type": "docker-compose", **fields})


def await_ready(lab, name):
    return wait_for(f"{name} is ready",
                    lambda: (lab.find(f"/api/v1/services/{name}/") or {}).get("status") == "Ready")


def test_name_clash(lab):
    """The wanted name is an instance made by hand: the order gets another."""
    assert add(lab, "amber-falcon").status == 201
    await_ready(lab, "amber-falcon")
    taken = f"https://amber-falcon.apps.localhost:{lab.https_port}"
    id = lab.simulator.buy(cf_domain=taken)
    wait_for("another name was written", lambda: lab.written(id) != taken)
    wait_for("it runs", lambda: lab.running(id))
    assert lab.service(id)["id"] != "amber-falcon"
    assert lab.simulator.subscription(id)["api_writes"] == 1
    assert lab.find("/api/v1/services/amber-falcon/").get("subscription", "") == ""
    assert lab.visit("amber-falcon.apps.localhost").status == 200
    lab.explains(id, "Ready")


def test_ids_differing_in_case(lab):
    ids = ["CaseMatters", "casematters"]
    for id in ids:
        lab.simulator.buy(id=id)
    hosts = {lab.assert_whole(id) for id in ids}
    assert len(hosts) == 2
    names = {lab.subscription(id)["name"] for id in ids}
    assert len(names) == 2 and all(name == name.lower() for name in names)


def test_id_kube_system(lab):
    lab.simulator.buy(id="kube-system")
    host = lab.assert_whole("kube-system")
    assert not host.startswith("kube-")
    refused = add(lab, "kube-system")
    assert refused.status == 422, refused
    assert refused.json()["details"] == [{"field": "id"}]
    assert lab.find("/api/v1/services/kube-system/") is None


def test_domain_taken(lab):
    assert add(lab, "copper-otter", domain="shared-host.apps.localhost").status == 201
    await_ready(lab, "copper-otter")
    second = add(lab, "silver-heron", domain="shared-host.apps.localhost")
    if second.status == 201:  # the older one keeps it, and the newer one says why it waits
        lab.explains("silver-heron", "DomainTaken")
        assert lab.api("PATCH", "/api/v1/services/silver-heron/",
                       {"domain": "own-host.apps.localhost"}).status == 200
        await_ready(lab, "silver-heron")
        assert lab.visit("own-host.apps.localhost").status == 200
    else:
        assert second.status in (409, 422) and second.json()["details"] == [{"field": "domain"}]
    first = [each for each in lab.engine.containers(owner=lab.owner, service="copper-otter")
             if not each.is_pause]
    assert len(first) == 1 and first[0].running
    [token] = lab.get("/api/v1/services/copper-otter/secrets/")
    assert lab.visit("shared-host.apps.localhost", "/env?k=TOKEN").text == token["value"]


def test_generated_domain_of_another_is_taken(lab):
    id, host = lab.order()
    assert add(lab, "jade-walrus").status == 201
    await_ready(lab, "jade-walrus")
    wish = lab.api("PATCH", "/api/v1/services/jade-walrus/", {"domain": host})
    if wish.status == 200:
        lab.explains("jade-walrus", "DomainTaken")
    else:
        assert wish.status in (409, 422), wish
    assert "<title>Tiny Starter</title>" in lab.visit(host).text
    lab.assert_whole(id)
