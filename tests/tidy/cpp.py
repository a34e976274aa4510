"""Names, calls and shapes of the C++ code."""
import re

from tree import Finding, code_only, is_test, line_of

NEUTRAL = ("src/domain/", "src/app/", "src/control/", "src/api/", "src/template/")
NAMES = re.compile(r"chargebee|\bstripe\b|docker|podman|caddy|sqlite|kubernetes|kubectl|btrfs|restic", re.I)
# Where such a name is not the program's own knowledge of a product but the name of something else.
NAME_EXCEPTIONS = [
    ("", r'docker-compose'),                        # the template type and the name of the file format
    ("src/domain/naming.cc", r'"caddy-system"'),    # a reserved name
    ("src/domain/quantity", r"Kubernetes"),         # the notation's name
    ("src/domain/conditions.h", r"Kubernetes"),     # the shape's name
    ("src/domain/reasons.cc", r"btrfs"),            # a remedy names the file system to install
]


def check_names(tree):
    """The middle of the program names no provider and no engine."""
    for path, text in tree.under(*NEUTRAL):
        for where, what in NAME_EXCEPTIONS:
            if path.startswith(where):
                text = re.sub(what, lambda found: " " * len(found.group(0)), text)
        for match in NAMES.finditer(text):
            if not is_test(path):
                yield Finding(path, line_of(text, match.start()),
                              f"names {match.group(0)}: providers and engines are known to adapters and cmd only")


# (what, what to use instead, where it may be)
CALLS = [
    (r"\bsystem_clock::now\b", "Loop::Now()", ("src/net/io_loop.cc",)),
    (r"\bsteady_clock::now\b|\bhigh_resolution_clock\b", "Loop::Monotonic()",
     ("src/net/io_loop.cc", "tests/bench/")),
    (r"(?<![\w.>])s?rand\(|\brandom_device\b|\bmt19937", "Random of base/random.h", ("src/base/random.cc",)),
    (r"\bgetenv\b", "a value handed down from main()", ("src/cmd/main.cc", "sim/world/main.cc", "tests")),
    (r"\bsleep_for\b|\busleep\(|(?<![\w.>])sleep\(", "an event to await, or Loop::CallAfter", ()),
    (r"\bstd::cout\b|(?<![\w])printf\(", "base/log.h, or the stream of Globals",
     ("src/cmd/", "sim/chargebee/main.cc", "sim/world/", "tests")),
    (r"\bstd::cerr\b|\bfprintf\(", "base/log.h, or an error for the caller",
     ("src/cmd/", "src/base/assert.h", "sim/chargebee/main.cc", "sim/world/", "tests")),
    (r"\bstd::(?:system|tmpnam|strtok)\b|\bpopen\(", "base/subprocess.h", ()),
    (r"\bstd::thread\b|\bstd::jthread\b|\bstd::async\b", "Offload of base/offload.h",
     ("src/base/offload", "src/adapters/store_sqlite/", "sim/world/main.cc", "tests")),
]


def check_calls(tree):
    """Time, chance, surroundings and output come through one door each."""
    for path, text in tree.under("src/", "sim/", "tests/"):
        code = code_only(text)
        for what, instead, places in CALLS:
            if path.startswith(tuple(each for each in places if each != "tests")):
                continue
            if "tests" in places and is_test(path):
                continue
            for match in re.finditer(what, code):
                yield Finding(path, line_of(code, match.start()),
                              f"{match.group(0).strip('(')} is not used here: use {instead}")


def check_ports(tree, most=5):
    """A port is narrow: who implements it next has little to promise."""
    for path, text in tree.under("src/ports/", suffixes=(".h",)):
        if "/testing/" in path:
            continue
        code = code_only(text)
        for match in re.finditer(r"^class (\w+)[^;{]*\{(.*?)^\};", code, re.M | re.S):
            # What a thing is called is no promise to keep.
            body = re.sub(r"virtual std::string (Site)?Name\(\)[^;]*;", "", match.group(2))
            count = len(re.findall(r"=\s*0\s*;", body))
            if count > most:
                yield Finding(path, line_of(code, match.start()),
                              f"{match.group(1)} has {count} pure virtual functions, a port has at most {most}: split it")


def statements(code, word=r"\bco_await\b"):
    """(offset, text) from each `word` to the end of its statement."""
    for match in re.finditer(word, code):
        end, depth = match.end(), 0
        while end < len(code) and not (code[end] == ";" and depth == 0):
            if code[end] in "([{":
                depth += 1
            elif code[end] in ")]}":
                depth -= 1
                if depth < 0:
                    break
            end += 1
        yield match.start(), code[match.start():end]


def without_lambda_bodies(statement):
    """What a lambda does later is no temporary of the statement."""
    while True:
        found = re.search(r"\[[^\[\]]*\]\s*(?:\([^()]*\))?\s*(?:mutable\s*)?(?:->[^{]*)?\{(?!\})", statement)
        if not found:
            return statement
        end, depth = found.end(), 1
        while end < len(statement) and depth:
            depth += {"{": 1, "}": -1}.get(statement[end], 0)
            end += 1
        statement = statement[:found.end()] + statement[end - 1:]


def check_await(tree):
    """GCC 12 copies these temporaries of a co_await statement bytewise: see src/base/task.h."""
    for path, text in tree.under("src/", "sim/", "tests/"):
        code = code_only(text)
        for offset, statement in statements(code, r"(?<!operator )\bco_await\b"):
            statement = without_lambda_bodies(statement)
            if re.search(r"[(,]\s*\{(?!\})|\w\{(?!\})", statement):
                yield Finding(path, line_of(code, offset),
                              "co_await beside a braced temporary: make it in a statement of its own (base/task.h)")
            for captures in re.findall(r"[(,]\s*\[([^\]]*)\]\s*[({m]", statement):
                names = [each.strip() for each in captures.split(",")]
                if any(each and not each.startswith("&") and each != "this" for each in names):
                    yield Finding(path, line_of(code, offset),
                                  "co_await beside a lambda that captures by value: make it in a statement of its own "
                                  "(base/task.h)")
