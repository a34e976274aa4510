#!/usr/bin/env python3
"""Stands in for the service manager: supervisor.py DIR start|stop

Keeps the command in DIR/command (one word a line) running as a unit with Restart=always does; its
output goes to DIR/kuberlogic.log. `start` returns at once, `stop` when the command has ended.
"""
import os
import pathlib
import signal
import subprocess
import sys
import time

RESTART_SECONDS = 0.1


def keep_running(directory):
    stopped = []
    child = None

    def stop(*_):
        stopped.append(True)
        if child:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    (directory / "supervisor.pid").write_text(str(os.getpid()))
    command = (directory / "command").read_text().splitlines()
    while not stopped:
        with open(directory / "kuberlogic.log", "ab") as log:
            child = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if stopped:
            child.terminate()
        try:
            child.wait(None if not stopped else 20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if not stopped:
            time.sleep(RESTART_SECONDS)
    (directory / "supervisor.pid").unlink()


def become_daemon(directory):
    pid_file = directory / "supervisor.pid"
    if os.fork():
        while not pid_file.exists():
            time.sleep(0.01)
        return
    os.setsid()
    with open(os.devnull, "r+b") as null:
        for descriptor in (0, 1, 2):
            os.dup2(null.fileno(), descriptor)
    keep_running(directory)
    os._exit(0)


def stop(directory):
    """A child that does not listen is killed after a while, as TimeoutStopSec does."""
    pid_file = directory / "supervisor.pid"
    if not pid_file.exists():
        return
    os.kill(int(pid_file.read_text()), signal.SIGTERM)
    while pid_file.exists():
        time.sleep(0.01)


if __name__ == "__main__":
    {"start": become_daemon, "stop": stop}[sys.argv[2]](pathlib.Path(sys.argv[1]))
