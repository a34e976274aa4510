"""Pages, marks, sizes of files, and what must be written down."""
import posixpath
import re

from tree import Finding, line_of

GENERATED = ("tests/e2e/node/package-lock.json",)
TIDY = "tests/tidy/"  # names what it refuses


def check_marks(tree):
    marks = re.compile(r"\b(TODO|FIXME|" + "X" * 3 + r")\b")
    for path, text in sorted(tree.text.items()):
        if path.startswith(TIDY):
            continue
        for match in marks.finditer(text):
            yield Finding(path, line_of(text, match.start()),
                          f"{match.group(1)}: do it now or write it down as a known limit")


def check_sizes(tree, most=256 * 1024):
    for path, size in sorted(tree.sizes.items()):
        if size > most:
            yield Finding(path, 1, f"{size // 1024} KiB: a file above {most // 1024} KiB does not belong here")


def check_places(tree):
    """Nothing knows the machine it was made on, nor where its packages came from."""
    # The characters in brackets keep this file from finding itself.
    paths = re.compile(r"(?<![\w.$}/-])/(?:work|home/\w+|root|Users)/|/tmp/[w]\b")
    hosts = re.compile(r"registry\.npmjs\.org|pypi\.org|pythonhosted\.org|deb\.debian\.org|proxy\.golang\.org|"
                       r"crates\.io|repo\.maven|artifactory", re.I)
    for path, text in sorted(tree.text.items()):
        if path.startswith(TIDY):
            continue
        for match in paths.finditer(text):
            yield Finding(path, line_of(text, match.start()), f"{match.group(0)}: a path of one machine")
        for match in hosts.finditer(text):
            yield Finding(path, line_of(text, match.start()), f"{match.group(0)}: a package registry's host")


def links(page, text):
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            yield posixpath.normpath(posixpath.join(posixpath.dirname(page), target))


def check_links(tree):
    """Every page of docs/ is reached from docs/README.md or README.md, and no link leads nowhere."""
    reached, front = set(), [page for page in ("README.md", "docs/README.md") if page in tree.text]
    while front:
        page = front.pop()
        if page in reached:
            continue
        reached.add(page)
        front += [each for each in links(page, tree.text[page]) if each in tree.text and each.endswith(".md")]
    for path, text in tree.under("", suffixes=(".md",)):
        if path.startswith("docs/") and path not in reached:
            yield Finding(path, 1, "no page leads here: link it from docs/README.md or README.md")
        for target in links(path, text):
            if target not in tree.sizes and not any(each.startswith(target.rstrip("/") + "/") for each in tree.sizes):
                yield Finding(path, line_of(text, text.find(posixpath.basename(target))), f"link to nowhere: {target}")


def check_reasons(tree):
    """Every reason of a condition is explained, and the page explains nothing that is gone."""
    source, page = "src/domain/reasons.h", "docs/operating/reasons.md"
    words = set(re.findall(r"namespace kl::reason \{.*", tree.text[source], re.S))
    code = "".join(words)
    reasons = {match.group(1): match.start() for match in re.finditer(r'string_view k\w+ =\s*"(\w+)";', code)}
    documented = set(re.findall(r"^\| `(\w+)` \|", tree.text.get(page, ""), re.M))
    for reason in sorted(set(reasons) - documented):
        yield Finding(source, 1, f"reason {reason} is not explained in {page}")
    for reason in sorted(documented - set(reasons)):
        yield Finding(page, 1, f"{reason} is no reason of a condition (any more)")


def check_configuration(tree):
    """Every configuration key and every variable that is read has its place in the reference."""
    source, page = "src/cmd/config.cc", "docs/reference/configuration.md"
    text, written = tree.text[source], tree.text.get(page, "")
    made = r'\b(?:Text|Word|SecretText|Number|Flag|List)\("(\w+)",'
    wanted = {match.group(1): (source, line_of(text, match.start())) for match in re.finditer(made, text)}
    for path, code in tree.under("src/cmd/", "src/cli/"):
        if path.endswith("_test.cc"):
            continue
        for match in re.finditer(r'"(KUBERLOGIC_\w+|NO_COLOR|TOKEN|CHARGEBEE_\w+)"', code):
            if not match.group(1).endswith("_"):
                wanted[match.group(1)] = (path, line_of(code, match.start()))
    for name, (path, line) in sorted(wanted.items()):
        if f"`{name}`" not in written:
            yield Finding(path, line, f"{name} is not in {page}: run the configuration test with KL_BLESS=1")
