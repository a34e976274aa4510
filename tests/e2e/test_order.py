"""The main job, as a customer sees it."""

import urllib.parse

from lab.basics import call, wait_for


def test_a_purchase_becomes_a_running_instance(lab):
    shop = lab.simulator.address
    page = call(shop, "GET", "/buy/team-USD-monthly")
    assert page.status in (302, 303)
    before = {each["id"] for each in lab.simulator.get("subscriptions")["subscriptions"]}
    form = {"email": "jane@example.com", "first_name": "Jane", "last_name": "Doe",
            "card_number": "4242 4242 4242 4242", "card_expiry": "12 / 34", "card_cvc": "123"}
    path = urllib.parse.urlsplit(page.headers["Location"]).path
    bought = call(shop, "POST", path, urllib.parse.urlencode(form),
                  {"Content-Type": "application/x-www-form-urlencoded"})
    assert bought.status in (302, 303), bought
    after = {each["id"] for each in lab.simulator.get("subscriptions")["subscriptions"]}
    [id] = after - before
    host = lab.assert_whole(id)
    assert "<title>Tiny Team</title>" in lab.visit(host).text
    assert host.removesuffix(".apps.localhost").count("-") == 1
    [mail] = [each for each in lab.simulator.mails(id) if host in each["text"] + each["link"]]
    assert mail["to"] == "jane@example.com"
    assert mail["subject"] == "Your application instance is provisioned!"
    lab.explains(id, "Ready")
    lab.explains(host, "Ready")


def test_every_state_but_running_stops_it_and_keeps_everything(lab):
    id, host = lab.order()
    lab.visit(host, "/append?path=/data/kept&text=precious")
    token = lab.visit(host, "/env?k=TOKEN").text
    lab.simulator.post(f"subscriptions/{id}/cancel", when="now")
    wait_for("containers stopped", lambda: not any(each.running for each in lab.containers(id)))
    lab.explains(id, "Suspended")
    assert lab.visit(host).status == 503
    lab.simulator.post(f"subscriptions/{id}/reactivate")
    wait_for("containers run again", lambda: lab.running(id))
    wait_for("it answers again", lambda: lab.visit(host).status == 200)
    assert lab.visit(host, "/read?path=/data/kept").text == "precious"
    assert lab.visit(host, "/env?k=TOKEN").text == token
    assert lab.simulator.subscription(id)["api_writes"] == 1


def test_an_unknown_host_is_a_friendly_404(lab):
    lab.order()
    assert lab.visit("nobody-here.apps.localhost").status == 404
