#!/usr/bin/env python3
"""Checks of the project's own rules: one line for each finding, exit code 1 when there is one.

The checks are tested first (test_tidy.py beside this file): a check that finds nothing any more is a finding.
Sizes of files and functions are printed as advice and decide nothing.
"""
import io
import pathlib
import statistics
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import cpp  # noqa: E402
import documents  # noqa: E402
import layers  # noqa: E402
from tree import read_tree  # noqa: E402

CHECKS = [
    layers.check_layers, layers.check_stranger_code,
    cpp.check_names, cpp.check_calls, cpp.check_ports, cpp.check_await,
    documents.check_marks, documents.check_sizes, documents.check_places, documents.check_links,
    documents.check_reasons, documents.check_configuration,
]


def advice(tree):
    lengths = {path: text.count("\n") for path, text in tree.under("src/", "sim/")}
    comments = code_lines = 0
    for _, text in tree.under("src/", "sim/"):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        comments += sum(line.startswith("//") for line in lines)
        code_lines += len(lines)
    longest = sorted(lengths, key=lengths.get, reverse=True)[:5]
    print(f"{len(lengths)} C++ files, median {statistics.median(lengths.values()):.0f} lines, "
          f"{sum(each > 350 for each in lengths.values())} above 350; {100 * comments / code_lines:.0f} % comment lines")
    print("longest: " + ", ".join(f"{path} {lengths[path]}" for path in longest))


def self_test():
    import test_tidy
    said = io.StringIO()
    outcome = unittest.TextTestRunner(stream=said, verbosity=0).run(
        unittest.defaultTestLoader.loadTestsFromModule(test_tidy))
    if "--self-test" in sys.argv or not outcome.wasSuccessful():
        print(said.getvalue())
    return outcome.wasSuccessful()


def main():
    if not self_test():
        sys.exit(1)
    if "--self-test" in sys.argv:
        return
    tree = read_tree()
    findings = [finding for check in CHECKS for finding in check(tree)]
    for finding in findings:
        print(finding)
    advice(tree)
    print(f"tidy: {len(findings)} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
