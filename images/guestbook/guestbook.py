"""A guestbook: Flask, gunicorn and PostgreSQL, for examples and tests.

  guestbook.py migrate   brings the tables to the present form, then ends
  guestbook.py serve     answers on port 8000

Environment: DATABASE_HOST, DATABASE_NAME, DATABASE_USER, DATABASE_PASSWORD_FILE; GUESTBOOK_SETTINGS,
a JSON file with `title` and `entries_shown`; WEB_CONCURRENCY, how many processes answer.
"""
import json
import os
import pathlib
import sys

import flask
import gunicorn.app.base
import psycopg2

MIGRATIONS = [
    "CREATE TABLE entries (id serial PRIMARY KEY, name text NOT NULL, words text NOT NULL)",
    "ALTER TABLE entries ADD written timestamptz NOT NULL DEFAULT now()",
]
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head><body>
<h1>{{ title }}</h1>
<form method="post" action="/sign"><input name="name" placeholder="Your name" required>
<input name="words" placeholder="Your words" required> <button>Sign</button></form>
{% for name, words, written in entries %}<p><b>{{ name }}</b>: {{ words }} <small>{{ written }}</small></p>
{% endfor %}</body></html>
"""
application = flask.Flask(__name__)
application.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))


def settings():
    return json.loads(pathlib.Path(os.environ["GUESTBOOK_SETTINGS"]).read_text())


def connect():
    return psycopg2.connect(
        host=os.environ["DATABASE_HOST"], dbname=os.environ["DATABASE_NAME"], user=os.environ["DATABASE_USER"],
        password=pathlib.Path(os.environ["DATABASE_PASSWORD_FILE"]).read_text().strip(), connect_timeout=5)


def ask(statement, *values):
    """The rows of one statement, in a transaction of its own."""
    connection = connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def migrate():
    ask("CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY)")
    done = {number for number, in ask("SELECT number FROM migrations")}
    for number, statement in enumerate(MIGRATIONS, 1):
        if number not in done:
            ask(f"{statement}; INSERT INTO migrations VALUES ({number})")
            print(f"guestbook: migration {number} made", flush=True)


@application.get("/")
def book():
    shown = settings()
    entries = ask("SELECT name, words, to_char(written, 'YYYY-MM-DD') FROM entries ORDER BY id DESC LIMIT %s",
                  shown["entries_shown"])
    return flask.render_template_string(PAGE, title=shown["title"], entries=entries)


@application.post("/sign")
def sign():
    ask("INSERT INTO entries (name, words) VALUES (%s, %s)", flask.request.form["name"], flask.request.form["words"])
    return flask.redirect("/", 303)


@application.get("/entries.json")
def entries():
    return [{"name": name, "words": words} for name, words in ask("SELECT name, words FROM entries ORDER BY id")]


@application.get("/healthz")
def healthz():
    ask("SELECT 1 FROM migrations WHERE number = %s", len(MIGRATIONS))
    return "ok\n"


class Server(gunicorn.app.base.BaseApplication):
    def load_config(self):
        self.cfg.set("bind", "0.0.0.0:8000")
        self.cfg.set("worker_tmp_dir", "/tmp")

    def load(self):
        return application


if __name__ == "__main__":
    {"migrate": migrate, "serve": lambda: Server().run()}[sys.argv[1]]()
