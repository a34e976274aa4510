"""The billing provider's stand-in, driven through its admin API."""

import subprocess

from lab.basics import SIMULATOR, call, wait_for

SITE = "e2e-test"


class Simulator:
    def __init__(self, directory, port, webhook_url, secrets, *options, site=SITE):
        self.directory, self.address = directory, f"127.0.0.1:{port}"
        self.command = [
            SIMULATOR, "--listen", self.address, "--site", site,
            "--api-key-file", secrets["key_file"], "--webhook-url", webhook_url,
            "--webhook-user", secrets["user"], "--webhook-password-file", secrets["password_file"],
            *options]
        self.process = None

    def start(self):
        with open(self.directory / "simulator.log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        wait_for("the simulator answers", self.answers, 10)

    def answers(self):
        assert self.process.poll() is None, (self.directory / "simulator.log").read_text()
        try:
            return call(self.address, "GET", "/health").status == 200
        except OSError:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def get(self, path):
        answer = call(self.address, "GET", f"/admin/{path}")
        assert answer.status == 200, f"{path}: {answer}"
        return answer.json()

    def post(self, call_name, /, **body):
        answer = call(self.address, "POST", f"/admin/{call_name}", body)
        assert answer.status == 200, f"{call_name} {body}: {answer}"
        return answer.json()

    def buy(self, plan="starter-USD-monthly", **fields):
        """A paying customer of a plan; the subscription's id."""
        return self.post("subscriptions", item_price_id=plan, source="hosted_page", **fields)["id"]

    def subscription(self, id):
        return self.get(f"subscriptions/{id}")

    def mails(self, subscription=None):
        found = self.get("outbox")["mails"]
        return [each for each in found if subscription in (None, each["subscription_id"])]

    def events(self, subscription, type=None):
        wanted = f"events?subscription={subscription}" + (f"&type={type}" if type else "")
        return self.get(wanted)["events"]

    def fault(self, answer, **options):
        self.post("faults/api", answer=answer, **options)

    def clear_faults(self):
        self.post("faults/clear")

    def quiet(self, seconds=15):
        """Waits until no webhook is under way."""
        wait_for("all webhooks delivered", lambda: self.get("state")["webhooks_pending"] == 0,
                 seconds)
