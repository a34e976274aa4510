"""Each check finds what it is there for, and leaves alone what is right."""
import unittest

import cpp
import documents
import layers
from tree import Tree, code_only


def tree(files):
    return Tree(files, {path: len(text) for path, text in files.items()})


class Checks(unittest.TestCase):
    def finds(self, check, files, line=None):
        found = list(check(tree(files)))
        self.assertEqual(len(found), 1, found)
        if line is not None:
            self.assertEqual(found[0].line, line)

    def passes(self, check, files):
        self.assertEqual(list(check(tree(files))), [])

    def test_layers(self):
        check = layers.check_layers
        self.finds(check, {"src/base/a.h": '// x\n#include "domain/b.h"\n'}, line=2)
        self.finds(check, {"src/adapters/one/a.cc": '#include "adapters/two/b.h"\n'})
        self.finds(check, {"src/adapters/one/a.cc": '#include "app/b.h"\n'})
        self.finds(check, {"src/app/a.cc": '#include "ports/testing/twin.h"\n'})
        self.finds(check, {"src/app/a.cc": '#include "net/http.h"\n'})
        self.finds(check, {"src/api/a.cc": '#include "adapters/one/b.h"\n'})
        self.finds(check, {"src/novel/a.cc": ""})
        self.passes(check, {"src/app/a_test.cc": '#include "ports/testing/twin.h"\n'})
        self.passes(check, {"src/cmd/a.cc": '#include "adapters/one/b.h"\n#include <map>\n'})
        self.passes(check, {"src/adapters/store_x/a.cc": '#include "resources/b.h"\n'})

    def test_simulator_and_adapter_share_nothing(self):
        check = layers.check_stranger_code
        self.finds(check, {"sim/chargebee/a.cc": '#include "adapters/billing_chargebee/wire.h"\n'})
        self.finds(check, {"src/adapters/billing_chargebee/a_test.cc": '#include "sim/chargebee/b.h"\n'})
        self.passes(check, {"src/adapters/one/a.cc": '#include "adapters/one/b.h"\n'})

    def test_names(self):
        check = cpp.check_names
        self.finds(check, {"src/app/a.cc": "// x\n// asks Chargebee\n"}, line=2)
        self.finds(check, {"src/domain/a.h": "int docker_version;\n"})
        self.passes(check, {"src/domain/a.h": 'auto type = "docker-compose";\n'})
        self.passes(check, {"src/domain/words.cc": '"striped", "stripes"\n'})
        self.passes(check, {"src/adapters/x/a.cc": "docker"})

    def test_calls(self):
        check = cpp.check_calls
        for call in ("std::chrono::system_clock::now()", "std::chrono::steady_clock::now()", "rand()", "getenv(x)",
                     "std::this_thread::sleep_for(d)", "std::cout << 1", "printf(x)", "std::fprintf(stderr, x)"):
            self.finds(check, {"src/app/a.cc": f"int x;\n{call};\n"}, line=2)
        self.passes(check, {"src/app/a.cc": '// system_clock::now()\nauto a = "rand()"; Operand(1); b.rand(2);\n'})
        self.passes(check, {"src/net/io_loop.cc": "system_clock::now()"})

    def test_ports(self):
        narrow = "class A {\n" + "  virtual void F() = 0;\n" * 5 + "};\n"
        self.passes(cpp.check_ports, {"src/ports/a.h": narrow})
        self.finds(cpp.check_ports, {"src/ports/a.h": narrow.replace("class A {\n", "class A {\n  virtual int X() = 0;\n")})

    def test_await(self):
        check = cpp.check_await
        self.finds(check, {"src/app/a.cc": "\nauto a = co_await Put({.host = h});\n"}, line=2)
        self.finds(check, {"src/app/a.cc": "co_await Send(Call{1});"})
        self.finds(check, {"src/app/a.cc": "co_await Run([host] { return host; });"})
        self.passes(check, {"src/app/a.cc": "co_await Run([&host] { return host; });"})
        self.passes(check, {"src/app/a.cc": "co_await Edit([&](S& s) { s.Put({.a = 1}); }, {});"})
        self.finds(check, {"src/app/a.cc": "co_await Edit([&](S& s) { s.Put(1); }, {.a = 1});"})
        self.passes(check, {"src/app/a.cc": "if (co_await Ok()) {\n  Put({1});\n}\n"})
        self.passes(check, {"src/app/a.cc": "Task<int> t = Put({1});\nco_await std::move(t);\n"})

    def test_code_only_keeps_places(self):
        text = 'a; // b\n"c\\"d" /* e\n f */ g\n'
        self.assertEqual(len(code_only(text)), len(text))
        self.assertEqual(code_only(text).count("\n"), 3)
        self.assertEqual(code_only(text).split(), ["a;", '"', '"', "g"])

    def test_marks_and_sizes(self):
        self.finds(documents.check_marks, {"a.md": "one\nTO" + "DO: two\n"}, line=2)
        self.passes(documents.check_marks, {"a.sh": "mktemp -d x.XXXXXX\n"})
        self.finds(documents.check_sizes, {"a.bin": "x" * (256 * 1024 + 1)})
        self.passes(documents.check_sizes, {"a.bin": "x" * 256 * 1024})

    def test_places(self):
        check = documents.check_places
        self.finds(check, {"a.cc": "x\n/home/me/x\n"}, line=2)
        self.finds(check, {"a.sh": "https://registry.npmjs" + ".org/x\n"})
        self.passes(check, {"a.md": "src/work/x $HOME/root/ ${dir}/work/\n"})

    def test_links(self):
        check = documents.check_links
        self.finds(check, {"README.md": "[a](docs/a.md)", "docs/a.md": "", "docs/b.md": ""})
        self.finds(check, {"README.md": "[a](docs/gone.md)"})
        self.passes(check, {"README.md": "[a](docs/a.md#x)", "docs/a.md": "[b](b.md) [c](https://x/y)", "docs/b.md": ""})

    def test_reasons(self):
        header = 'namespace kl::reason {\ninline constexpr std::string_view kA = "Alpha";\n}\n'
        page = "docs/operating/reasons.md"
        self.finds(documents.check_reasons, {"src/domain/reasons.h": header, page: ""})
        self.finds(documents.check_reasons, {"src/domain/reasons.h": header, page: "| `Alpha` | a |\n| `Beta` | b |\n"})
        self.passes(documents.check_reasons, {"src/domain/reasons.h": header, page: "| `Alpha` | a |\n"})

    def test_configuration(self):
        source, page = "src/cmd/config.cc", "docs/reference/configuration.md"
        keys = '  Text("data_dir", &Config::data_dir, "x"),\n'
        self.finds(documents.check_configuration, {source: keys, page: ""})
        self.passes(documents.check_configuration, {source: keys, page: "| `data_dir` |"})
        self.finds(documents.check_configuration, {source: 'x("KUBERLOGIC_NOVEL")', page: ""})


if __name__ == "__main__":
    unittest.main()
