"""Who may include whom: src/<folder> is a layer, and includes point downwards only."""
import re

from tree import Finding, is_test, line_of

# What each layer may include, beside itself.
BELOW = {
    "base": set(),
    "domain": {"base"},
    "template": {"base", "domain"},
    "ports": {"base", "domain"},
    "ports/testing": {"base", "domain", "ports"},
    "control": {"base"},
    "net": {"base"},
    "resources": {"base", "domain", "ports"},
    "app": {"base", "domain", "template", "ports", "control"},
    "adapters": {"base", "domain", "ports", "net"},
    "adapters/store": {"base", "domain", "ports", "net", "resources"},
    "api": {"base", "domain", "template", "ports", "control", "app", "resources", "net"},
    "cli": {"base", "domain", "template", "ports", "resources", "net"},
    "sim/chargebee": {"base", "net"},
    "sim/world": {"base", "domain", "template", "ports", "ports/testing", "control", "app", "resources"},
}
# The engine of `engine: memory` is the in-memory twin of the ports.
MAY_USE_TWINS = {"cmd", "sim/world"}
# Tests against a real engine give it real storage.
TEST_ONLY = {"src/adapters/engine_docker/real/": {"adapters/volumes_btrfs", "adapters/volumes_directory"}}


def layer(path):
    """"base", "adapters/engine_docker", "sim/world"; None for what is no layer (a system header)."""
    parts = path.removeprefix("src/").split("/")
    if len(parts) < 2:
        return None
    if parts[0] in ("adapters", "sim"):
        return "/".join(parts[:2])
    if parts[:2] == ["ports", "testing"]:
        return "ports/testing"
    return parts[0]


def allowed(source, path):
    if source == "cmd":
        return None  # everything but twins
    if source.startswith("adapters/"):
        below = BELOW["adapters/store" if source.startswith("adapters/store_") else "adapters"]
    else:
        below = BELOW.get(source, set())
    more = {"net", "ports/testing"} if is_test(path) else set()
    for prefix, extra in TEST_ONLY.items():
        if path.startswith(prefix):
            more = more | extra
    return below | more | {source}


def check_layers(tree):
    """Includes against the layers; an unknown folder is a finding, so a new one is thought about."""
    for path, text in tree.under("src/", "sim/"):
        source = layer(path)
        if source is None:
            continue
        known = source == "cmd" or source in BELOW or source.startswith("adapters/")
        if not known:
            yield Finding(path, 1, f"folder {source} has no place among the layers: add it to tests/tidy/layers.py")
            continue
        for match in re.finditer(r'^#include "([^"]+)"', text, re.M):
            target = layer(match.group(1))
            may = allowed(source, path)
            bad = target is not None and may is not None and target not in may
            if target == "ports/testing" and source not in MAY_USE_TWINS | {"ports/testing"} and not is_test(path):
                bad = True
            if bad:
                yield Finding(path, line_of(text, match.start()),
                              f"{source} may not include {match.group(1)}: layers point downwards "
                              f"({source} sees {', '.join(sorted(may - {source})) or 'nothing'})")


def check_stranger_code(tree):
    """The simulator and the adapter share no code, lest one mistake cancel the other."""
    for path, text in tree.under("src/adapters/", "sim/chargebee/"):
        stranger = "sim/" if path.startswith("src/") else "adapters/"
        for match in re.finditer(r'^#include "((?:src/)?' + stranger + r'[^"]+)"', text, re.M):
            if path.startswith("sim/") or match.group(1).startswith("sim/"):
                yield Finding(path, line_of(text, match.start()),
                              f"{match.group(1)}: simulator and adapters share no code")
