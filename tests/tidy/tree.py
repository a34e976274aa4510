"""The files of the project, as the checks see them."""
import dataclasses
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@dataclasses.dataclass(frozen=True)
class Finding:
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


@dataclasses.dataclass
class Tree:
    """`text` of every file that is text, by path below the root; `sizes` of all files in bytes."""
    text: dict
    sizes: dict

    def under(self, *prefixes, suffixes=(".cc", ".h", ".cc.in")):
        for path in sorted(self.text):
            if path.startswith(prefixes) and path.endswith(suffixes):
                yield path, self.text[path]


def read_tree(root=ROOT):
    """What git knows and what is new and not ignored."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root,
                            capture_output=True, check=True).stdout.decode().split("\0")
    tree = Tree({}, {})
    for path in sorted(set(filter(None, listed))):
        try:
            data = (root / path).read_bytes()
        except OSError:  # deleted, or a link to nowhere
            continue
        tree.sizes[path] = len(data)
        if b"\0" not in data[:4096]:
            tree.text[path] = data.decode(errors="replace")
    return tree


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def code_only(text):
    """C++ without comments and without what string literals say; every character keeps its place."""
    def blank(match):
        found = match.group(0)
        inside = re.sub(r"[^\n]", " ", found)
        return '"' + inside[1:-1] + '"' if found.startswith('"') else inside
    pattern = r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-zA-Z])\'(?:\\.|[^\'\\\n])\''
    return re.sub(pattern, blank, text, flags=re.S)


def is_test(path):
    name = path.rsplit("/", 1)[-1]
    return bool(path.startswith("tests/") or "/real/" in path or
                re.search(r"(_test|_bench|_fuzz)\.cc$|^test_|^testing_|_fixture\.h$|_contract\.h$", name))
