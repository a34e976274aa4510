"""The shells complete what the program has: asked as a person's TAB asks."""

import subprocess

import pytest

from lab.basics import KUBERLOGIC

BASH = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_kuberlogic
printf '%s\\n' "${COMPREPLY[@]}"
"""
# What the completion hands to the shell, without a terminal: candidates in the order given.
ZSH = """
fits() { local each; for each; do [[ $each == ${words[CURRENT]}* ]] && print -r -- $each; done; true; }
compdef() { true; }
compadd() { shift; fits "$@"; }
_files() { print FILES; }
_describe() {
  local name=${argv[-1]}
  fits ${${(P)name}%%:*}
}
source $1
shift
words=("$@")
CURRENT=$#
_kuberlogic
"""


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion")
    scripts = {}
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run([KUBERLOGIC, "completion", shell], capture_output=True, text=True, check=True)
        scripts[shell] = folder / shell
        scripts[shell].write_text(done.stdout)
        subprocess.run([shell, "-n", scripts[shell]], check=True)

    def ask(shell, *words):
        words = ["kuberlogic", *words]
        if shell == "fish":
            line = " ".join(words)
            command = ["fish", "--no-config", "-c", f"source {scripts[shell]}; complete -C '{line}'"]
        else:
            options = ["--norc", "--noprofile"] if shell == "bash" else ["-f"]
            command = [shell, *options, "-c", {"bash": BASH, "zsh": ZSH}[shell], shell, scripts[shell], *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0 and not done.stderr, done.stderr
        return [line.split("\t")[0] for line in done.stdout.splitlines() if line]
    return ask


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_verbs_flags_and_words_are_completed(complete, shell):
    assert set(complete(shell, "serv")) == {"serve", "service"}
    verbs = set(complete(shell, "service", ""))
    assert {"add", "edit", "delete", "pause", "resume", "logs", "credentials"} <= verbs
    assert not verbs & {"serviceAdd", "credentials-update", "status"}
    assert set(complete(shell, "service", "credentials", "")) == {"update"}
    assert complete(shell, "service", "p") == ["pause"]
    assert set(complete(shell, "service", "add", "--lim")) == {"--limits.cpu", "--limits.memory", "--limits.storage"}
    assert "--template-digest" not in complete(shell, "service", "add", "--t")
    assert complete(shell, "service", "add", "--hostn") == ["--hostname"], "the program's own flags, too"
    assert set(complete(shell, "service", "list", "--format", "")) >= {"table", "json", "yaml"}
    assert set(complete(shell, "completion", "")) == {"bash", "zsh", "fish"}
    assert complete(shell, "--format", "json", "service", "get", "my-shop", "--scheme", "https", "--deb") == ["--debug"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_where_a_file_is_wanted_files_are_offered(complete, shell):
    offered = complete(shell, "template", "check", "ba")
    # bash falls back to files by itself when nothing is offered.
    assert offered == {"bash": [], "zsh": ["FILES"], "fish": ["bash"]}[shell]
