"""Programs that stand for the release before or after this one, and for one that is no use."""

import subprocess

from lab.basics import KUBERLOGIC


def version_of(program):
    return subprocess.check_output([program, "version"], text=True).split()[1]


def another_version(to, version):
    """The present program under another number."""
    image = KUBERLOGIC.read_bytes()
    present, wanted = (f"version={each}\0".encode() for each in (version_of(KUBERLOGIC), version))
    assert len(present) == len(wanted) and image.count(present) == 1
    to.write_bytes(image.replace(present, wanted))
    to.chmod(0o755)
    assert version_of(to) == version
    return to


def broken(path, body):
    """A program that says it is 9.9.9 and otherwise runs `body`."""
    path.write_text(f'#!/bin/bash\n[[ $1 != version ]] || {{ echo kuberlogic 9.9.9; exit; }}\n{body}\n')
    path.chmod(0o755)
    return path
