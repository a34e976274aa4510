"""`make demo` with an application of the vendor's own: images built on this machine, plans of other names."""

import os
import re
import subprocess

import pytest

from lab.basics import ROOT

IMAGE = "registry.example.test/acme/shop:2"
TEMPLATE = """
x-kuberlogic-plans:
  tiny-crew-EUR-Monthly:
    limits: {cpu: 100m, memory: 32Mi, storage: 16Mi}
  fleet:
    limits: {cpu: 200m, memory: 64Mi, storage: 32Mi}
services:
  web:
    image: %s   # built here
    ports: ["8080"]
    x-kuberlogic-health-endpoint: /healthz
""" % IMAGE


@pytest.fixture
def demo(tmp_path):
    directory = f"/tmp/kle-{os.getpid()}"  # short: a socket's path has at most 107 characters
    # The vendor's Podman, apart from this machine's own.
    (tmp_path / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{tmp_path}/graph"\nrunroot = "{tmp_path}/run"\n')
    environment = {**os.environ, "KUBERLOGIC_DEMO": directory, "NO_COLOR": "1",
                   "CONTAINERS_STORAGE_CONF": str(tmp_path / "storage.conf")}

    def run(*command, ok=True):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done.stdout + done.stderr
    yield run
    run(ROOT / "tools/demo", "down")
    assert not os.path.exists(directory)


def build_image(demo):
    """As `podman build` would leave it: known to nobody but the vendor's own engine."""
    demo(ROOT / "tools/images", "build", "tiny")
    archive = demo(ROOT / "tools/images", "path", "tiny").strip()
    demo("podman", "load", "--quiet", "--input", archive)
    demo("podman", "tag", "localhost/kuberlogic/tiny:1", IMAGE)


def test_own_images_and_plans_are_bought(demo, tmp_path):
    build_image(demo)
    template = tmp_path / "shop" / "app.yaml"
    template.parent.mkdir()
    template.write_text(TEMPLATE)
    said = demo(ROOT / "tools/demo", "up", "--template", template)
    assert f"image {IMAGE}: copied from this machine's podman" in said
    assert "Jane buys tiny-crew-EUR-Monthly" in said and re.search(r"^  e-mail in the outbox +[0-9.]+ s$", said, re.M), said
    again = demo(ROOT / "tools/demo", "up", "--template", template, "--plan", "fleet")
    assert "Jane buys fleet " in again and "copied" not in again
    refused = demo(ROOT / "tools/demo", "up", "--template", template, "--plan", "galaxy", ok=False)
    assert "does not sell galaxy, but tiny-crew-EUR-Monthly, fleet" in refused
    broken = demo(ROOT / "tools/demo-break")
    assert re.search(r"^  A template names an image that nobody pushed +[0-9.]+ s$", broken, re.M), broken


def test_a_template_with_a_problem_is_told_before_anything_starts(demo, tmp_path):
    template = tmp_path / "app.yaml"
    template.write_text("services:\n  web:\n    imagee: x\n")
    said = demo(ROOT / "tools/demo", "up", "--template", template, ok=False)
    assert f"{template}:3:5: error: unknown key 'imagee'" in said and "container engine" not in said
