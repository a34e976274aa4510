"""The pause and tiny images: what other tests take for granted of them."""

import time


def start_tiny(pod, *options):
    pod.engine.load("tiny")
    pod.start({"tiny": ("tiny:1", options)})
    pod.wait_for("/env?k=PORT", lambda answer: answer.ok)


def test_pause_ends_at_once_when_asked(pod):
    pod.start({})
    begun = time.monotonic()
    pod.engine.podman("stop", "-t", "10", "pause")
    assert time.monotonic() - begun < 3
    assert pod.state("pause") == "exited 0"


def test_front_page_names_title_as_text(pod):
    start_tiny(pod, "-e", "TITLE=A <b> & c")
    page = pod.get("/").text
    assert "<title>A &lt;b> &amp; c</title>" in page


def test_health_follows_delay_and_override(pod):
    start_tiny(pod, "-e", "START_DELAY_MS=-1")
    assert pod.get("/healthz").status_code == 503
    assert pod.engine.podman("exec", "tiny", "/tiny", "probe", check=False).returncode == 1
    assert pod.get("/healthz?ok=1").status_code == 200
    assert pod.engine.podman("exec", "tiny", "/tiny", "probe", check=False).returncode == 0


def test_appended_text_survives_a_new_container(pod):
    start_tiny(pod, "-v", "data:/data")
    assert pod.get("/append", params={"path": "/data/x", "text": "one two&"}).text == "8\n"
    start_tiny(pod, "-v", "data:/data")
    assert pod.get("/read?path=/data/x").text == "one two&"


def test_full_disk_is_reported_by_name(pod):
    start_tiny(pod, "--tmpfs=/data:size=4m")
    answer = pod.get("/write?mb=8&path=/data/x")
    assert answer.status_code == 507
    assert "ENOSPC" in answer.text


def test_more_memory_than_the_limit_ends_the_process(pod):
    start_tiny(pod, "--memory=32m")
    assert pod.get("/alloc?mb=8").ok
    try:
        pod.get("/alloc?mb=64")
    except OSError:
        pass
    assert pod.engine.podman("wait", "tiny").stdout.strip() == "137"


def test_cpu_share_is_what_the_limit_says(pod):
    start_tiny(pod, "--cpus=0.2")
    spent = pod.get("/spin?s=2").json()
    assert spent["cpu_ms"] < 0.35 * spent["wall_ms"]


def test_requests_are_logged_and_exit_code_is_kept(pod):
    start_tiny(pod)
    pod.get("/no-such-page")
    assert "GET /no-such-page 404" in pod.logs("tiny")
    try:
        pod.get("/exit?code=7")
    except OSError:
        pass
    assert pod.engine.podman("wait", "tiny").stdout.strip() == "7"
