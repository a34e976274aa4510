import os
import shutil

import pytest

from lab.basics import KUBERLOGIC, SIMULATOR
from lab.engine import Engine
from lab.installation import Installation


@pytest.fixture(scope="session", autouse=True)
def requirements():
    """What is missing fails the run with its name: no test is skipped."""
    assert os.geteuid() == 0, "containers need root"
    for program in (KUBERLOGIC, SIMULATOR):
        assert program.exists(), f"{program} is not built: run tools/build"
    for program in ("podman", "caddy", "chromium"):
        assert shutil.which(program), f"{program} is missing: run tools/setup test"


@pytest.fixture(scope="session")
def engine(requirements):
    engine = Engine()
    try:
        engine.load("pause", "tiny")
        yield engine
    finally:
        engine.purge()


@pytest.fixture
def install(engine):
    """Makes installations for one test, and removes them."""
    made = []

    def make(*, on=engine, start=True, **options):
        installation = Installation(on, **options)
        made.append(installation)
        return installation.start() if start else installation

    yield make
    for installation in made:
        installation.remove()


@pytest.fixture(scope="session")
def shared(engine):
    """For scenarios that do not disturb each other."""
    installation = Installation(engine)
    try:
        yield installation.start()
    finally:
        installation.remove()


@pytest.fixture
def lab(shared):
    """The shared installation, its faults cleared before and after."""
    shared.simulator.clear_faults()
    yield shared
    shared.simulator.clear_faults()
