"""WordPress and MariaDB, started and killed by hand: installed unseen, and nothing is lost."""

import random
import re
import time

import requests

HOST = "blog.apps.localhost:8443"
PASSWORD = "it's \"50%\" \\ done"
PROXIED = {"Host": HOST, "X-Forwarded-Proto": "https"}


def members(title="Ada's <Blog>"):
    db = {"MARIADB_DATABASE": "wordpress", "MARIADB_USER": "wordpress",
          "MARIADB_PASSWORD": PASSWORD, "MARIADB_ROOT_PASSWORD": "root"}
    web = {"WORDPRESS_DB_HOST": "db:3306", "WORDPRESS_DB_PASSWORD": PASSWORD,
           "WORDPRESS_URL": f"https://{HOST}", "WORDPRESS_TITLE": title,
           "WORDPRESS_ADMIN_PASSWORD": PASSWORD, "WORDPRESS_ADMIN_EMAIL": "ada@example.com"}

    def environment(values):
        return [f"-e={name}={value}" for name, value in values.items()]

    return {
        "db": ("mariadb:10", ["-v=db:/var/lib/mysql", "--memory=205m", *environment(db)]),
        "web": ("wordpress:6", ["-v=content:/var/www/html/wp-content", "--memory=307m",
                                *environment(web)]),
    }


class Visitor:
    """A browser's cookies, behind the proxy that ends TLS."""

    def __init__(self, pod):
        self.base = f"http://127.0.0.1:{pod.port}"
        self.cookies = {}

    def call(self, method, path, **options):
        headers = {**PROXIED, **options.pop("headers", {}),
                   "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        answer = requests.request(method, self.base + path, headers=headers, timeout=60,
                                  allow_redirects=False, **options)
        self.cookies.update(answer.cookies.get_dict())
        return answer

    def log_in(self, password):
        self.call("GET", "/wp-login.php")
        self.cookies["wordpress_test_cookie"] = "WP%20Cookie%20check"
        return self.call("POST", "/wp-login.php",
                         data={"log": "admin", "pwd": password, "testcookie": "1"})

    def publish(self, title):
        page = self.call("GET", "/wp-admin/post-new.php").text
        nonce = re.search(r'createNonceMiddleware\( "(\w+)" \)', page)[1]
        answer = self.call("POST", "/wp-json/wp/v2/posts", headers={"X-WP-Nonce": nonce},
                           json={"title": title, "content": "kept", "status": "publish"})
        assert answer.status_code == 201, answer.text
        return answer.json()["link"].removeprefix(f"https://{HOST}")


def start(pod, **options):
    pod.start(members(**options))
    return pod.wait_for("/wp-login.php", lambda answer: answer.status_code in (200, 302))


def test_installer_is_never_reachable(pod):
    pod.engine.load("mariadb", "wordpress")
    answer, before = start(pod)
    assert before == []
    assert "install" not in answer.headers.get("Location", "")
    assert pod.get("/wp-admin/install.php", headers=PROXIED).status_code == 403
    assert pod.get("/wp-admin/setup-config.php", headers=PROXIED).status_code in (403, 404)
    page = pod.get("/", headers=PROXIED)
    assert page.status_code == 200
    assert "<title>Ada&#039;s &lt;Blog&gt;</title>" in page.text


def test_post_is_there_after_every_container_was_killed(pod):
    pod.engine.load("mariadb", "wordpress")
    start(pod)
    visitor = Visitor(pod)
    assert "wp-admin" not in visitor.log_in("wrong").headers.get("Location", "")
    assert visitor.log_in(PASSWORD).headers["Location"] == f"https://{HOST}/wp-admin/"
    link = visitor.publish("Written before the end")
    pod.kill()
    start(pod, title="Another title")
    page = Visitor(pod).call("GET", link)
    assert "Written before the end" in page.text
    assert "Ada&#039;s &lt;Blog&gt;" in page.text


def test_first_start_may_be_killed_at_any_moment(pod):
    pod.engine.load("mariadb", "wordpress")
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    for _ in range(6):
        pod.start(members())
        time.sleep(moments.uniform(0, 2))  # the moment is the point; there is nothing to wait for
        pod.kill()
    start(pod)
    assert "wp-admin" in Visitor(pod).log_in(PASSWORD).headers.get("Location", "")
    tables = pod.engine.podman("exec", "db", "mariadb", "-N", "wordpress", "-e", "SHOW TABLES")
    assert "wp_installing" not in tables.stdout
    assert "wp_posts" in tables.stdout


def test_database_refuses_others(pod):
    pod.engine.load("mariadb", "wordpress")
    start(pod)
    wrong = pod.engine.podman("exec", "db", "mariadb", "-h127.0.0.1", "-uwordpress", "-pwrong",
                              "-e", "SELECT 1", check=False)
    assert wrong.returncode != 0 and "Access denied" in wrong.stderr
    visitor = pod.engine.podman("exec", "-u", "33", "db", "mariadb", "-e", "SELECT 1", check=False)
    assert visitor.returncode != 0
    assert PASSWORD not in pod.logs("db") + pod.logs("web")
