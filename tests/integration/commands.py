"""What the commands print."""
import glob
import json
import os
import re

import support

FIXTURE = os.path.join(support.SOURCE, "tests", "fixtures", "short_race")


class Commands(support.Case):
    def bundled(self):
        """ID -> options of its table, as each plugin's source declares them."""
        found = {}
        for path in glob.glob(os.path.join(support.SOURCE, "plugins", "*_*", "*.c")):
            if path.endswith("_test.c"):
                continue
            with open(path, encoding="utf-8") as f:
                names = re.findall(r"^\s*F1P_OPT\(\s*struct \w+,\s*(\w+)", f.read(), re.M)
            if names:
                found.setdefault(os.path.basename(os.path.dirname(path)), []).extend(names)
        return found

    def test_plugins_lists_every_module(self):
        out = self.run_f1pd("plugins").stdout
        modules = sorted(f[:-3] for f in os.listdir(support.PLUGINS) if f.endswith(".so"))
        self.assertGreaterEqual(len(modules), 8)
        for module in modules:
            self.assertRegex(out, r"(?m)^%s +(source|predictor|sink) +\S+ +1\.\d+ +%s\.so " % (module, module))
        self.assertNotIn("refused", out)

    def test_plugins_config_lists_every_option(self):
        out = self.run_f1pd("plugins", "--config").stdout
        tables = self.bundled()
        self.assertGreaterEqual(len(tables), 8)
        for plugin, names in tables.items():
            section = re.search(r"(?ms)^id = %s\n(.*?)(?=^; ---- |\Z)" % plugin, out)
            self.assertTrue(section, plugin)
            self.assertEqual(re.findall(r"(?m)^;?(\w+) =", section.group(1).split("[options]")[1]), names, plugin)
        for option in ("speed", "journal_dir", "workers", "forecast_every_ms", "seed"):
            self.assertRegex(out, r"(?m)^;%s =" % option)

    def test_every_option_has_type_default_and_help(self):
        out = self.run_f1pd("plugins", "--config").stdout
        options = re.findall(r"(?m)^; (.+)\n;   (.+)\n;?(\w+) =(.*)$", out)
        self.assertGreater(len(options), 40)
        for help_text, facts, name, value in options:
            self.assertGreater(len(help_text), 8, name)
            self.assertRegex(facts, "^(text|path|secret|whole number|number|yes/no|choice|duration|size|list)", name)
            if "must be given" not in facts:
                default = re.search(r", default (.*)$", facts).group(1)
                self.assertEqual(value.strip(), "" if default == "(empty)" else default, name)

    def test_what_plugins_config_prints_is_a_configuration(self):
        """Cut into files as its headings say, with every default written out, it is accepted."""
        out = self.run_f1pd("plugins", "--config").stdout
        n = 0
        for head, body in re.findall(r"(?ms)^; ---- (\S+): [^\n]*\n(.*?)(?=^; ---- |\Z)", out):
            text = re.sub(r"(?m)^;(\w+) =", r"\1 =", body)
            name = head if head.startswith("00-") else "%d-%s-all%d.ini" % (10 + n, head.split("-")[1], n)
            if "source_replay" in text or "sink_export" in text:  # a path must be given
                text = re.sub(r"(?m)^path =$", "path = " + FIXTURE, text)
            self.conf({name: text})
            n += 1
        p = self.run_f1pd("-t", "-c", self.path("conf.d"))
        self.assertRegex(p.stdout, "ok, %d plugins" % (n - 1))

    def test_replay_json_has_every_field(self):
        p = self.run_f1pd("replay", FIXTURE, "--json")
        r = json.loads(p.stdout)
        self.assertNotIn(" error ", p.stderr)
        for key in ("session", "laps", "total_laps", "order", "messages", "rejected", "merge_oddities", "topics", "wall_s",
                    "messages_per_s", "events", "forecasts", "state_sha256", "forecast_sha256"):
            self.assertIn(key, r)
        for key in ("name", "type", "circuit", "year"):
            self.assertTrue(r["session"][key], key)
        for car in r["order"]:
            for key in ("position", "number", "code", "team", "gap_s", "laps", "stops", "retired", "stints"):
                self.assertIn(key, car)
            for stint in car["stints"]:
                self.assertEqual(set(stint) & {"compound", "laps", "age"}, {"compound", "laps", "age"})
        self.assertTrue(all(car["stints"] for car in r["order"]))
        self.assertEqual([car["position"] for car in r["order"]], list(range(1, len(r["order"]) + 1)))
        self.assertEqual(r["order"][0]["gap_s"], 0)
        self.assertEqual(sum(r["topics"].values()), r["messages"])
        for key in ("state_sha256", "forecast_sha256"):
            self.assertRegex(r[key], "^[0-9a-f]{64}$")
        self.assertGreater(r["forecasts"], 0)
        self.assertGreater(r["messages_per_s"], 0)
        self.assertFalse(r["simulated"])

    def test_replay_says_the_same_in_words(self):
        r = self.replay(FIXTURE, "--no-forecasts")
        out = self.run_f1pd("replay", FIXTURE, "--no-forecasts").stdout
        self.assertEqual([int(n) for n in re.findall(r"(?m)^ *\d+ +(\d+) +[A-Z]{3} ", out)], [c["number"] for c in r["order"]])
        self.assertIn(r["state_sha256"], out)
        self.assertNotIn("SIMULATED", out)
        self.assertIn("SIMULATED", self.run_f1pd("simulate", "--no-forecasts", "--set", "laps=3").stdout)

    def test_simulation_of_22_cars(self):
        r = self.simulate("--no-forecasts", race={"cars": 22, "laps": 5})
        self.assertTrue(r["simulated"])
        self.assertEqual(len(r["order"]), 22)
        self.assertEqual((r["laps"], r["rejected_events"]), (5, 0))

    def test_help_and_version(self):
        out = self.run_f1pd("--help").stdout
        for word in ("-t", "plugins", "replay", "simulate", "--speed", "--json"):
            self.assertIn(word, out)
        self.assertRegex(self.run_f1pd("--version").stdout, r"^f1pd \d+\.\d+\.\d+, ABI 1\.\d+\n$")


if __name__ == "__main__":
    support.main()
