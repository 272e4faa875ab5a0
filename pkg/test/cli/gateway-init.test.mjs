// `countersign gateway init`: what it writes, what it says, and that it leaves alone what is there.
// `UPDATE_SNAPSHOTS=1 node --test pkg/test/cli/gateway-init.test.mjs` writes examples/gateway anew.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../node/installed.mjs";
import { SECRET, SECRETS, assertNoSecret, expectCode, folder, objects } from "./program.mjs";

const EXAMPLE = join(root, "examples/gateway");
const LOCAL = "http://localhost:8080/webhooks";
const FILES = [".dev.vars.example", ".gitignore", "worker.js", "wrangler.toml"];

const init = (cwd, ...args) => expectCode(0, ["gateway", "init", ...args], { cwd });
const read = (...path) => readFileSync(join(...path), "utf8");
/** Every file in a folder and its text. */
const contents = (cwd) =>
  Object.fromEntries(
    readdirSync(cwd)
      .sort()
      .map((name) => [name, lstatSync(join(cwd, name)).isFile() ? read(cwd, name) : "no file"]),
  );

const READ = `
import { unstable_readConfig } from ${JSON.stringify(import.meta.resolve("wrangler"))};
const read = (config) => unstable_readConfig({ config });
console.log(JSON.stringify(process.argv.slice(1).map(read)));`;

/** Files as wrangler reads them; what it complains of is an error. */
function asWranglerReads(...files) {
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", READ, ...files], {
    encoding: "utf8",
    env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" },
  });
  const lines = output.trimEnd().split("\n");
  assert.equal(lines.length, 1, `wrangler complains: ${output}`);
  return JSON.parse(lines[0]);
}

test("examples/gateway is what it writes", async () => {
  const cwd = folder();
  await init(cwd, "--to", LOCAL);
  const written = contents(cwd);
  assert.deepEqual(Object.keys(written), FILES);
  if (process.env.UPDATE_SNAPSHOTS) {
    mkdirSync(EXAMPLE, { recursive: true });
    for (const [name, text] of Object.entries(written)) writeFileSync(join(EXAMPLE, name), text);
  }
  for (const [name, text] of Object.entries(written)) {
    assert.equal(read(EXAMPLE, name), text, `examples/gateway/${name}: run with UPDATE_SNAPSHOTS=1`);
  }
  assert.deepEqual(readdirSync(EXAMPLE).filter((name) => !FILES.includes(name)), ["README.md"]);
});

test("worker.js is three lines", async () => {
  const cwd = folder();
  await init(cwd);
  assert.match(read(cwd, "worker.js"), /^\/\/ .*\n\nexport \{ default, Inbox \} from "countersign\/gateway";\n$/);
});

describe("wrangler.toml", () => {
  test("wrangler reads it, whatever was chosen", async () => {
    const url = 'https://ä.example.com/a"b/%41?x="\'#'.slice(0, -1);
    const chosen = [
      { args: [], schemes: ["peeker", "boateros"] },
      { args: ["--mode", "inbox", "--name", "hooks-2"], name: "hooks-2", mode: "inbox", schemes: ["peeker", "boateros"] },
      { args: ["--scheme", "standard-webhooks", "--to", url], schemes: ["standard-webhooks"], to: new URL(url).href },
      {
        args: ["--scheme=boateros", "--scheme=standard-webhooks", "--scheme=peeker", "--to", LOCAL],
        schemes: ["boateros", "standard-webhooks", "peeker"],
        to: LOCAL,
      },
    ];
    const folders = chosen.map(() => folder());
    for (const [at, { args }] of chosen.entries()) await init(folders[at], ...args);
    const configs = asWranglerReads(...folders.map((cwd) => join(cwd, "wrangler.toml")));
    const [own] = asWranglerReads(join(root, "wrangler.toml"));
    for (const [at, config] of configs.entries()) {
      const { schemes, name = "countersign", mode = "relay", to = "https://app.example.com/webhooks" } = chosen[at];
      const isInbox = mode === "inbox";
      assert.equal(config.name, name);
      assert.equal(config.compatibility_date, own.compatibility_date, "the repository's compatibility date");
      assert.deepEqual(config.build, { watch_dir: "./src" }, "there is nothing to build");
      assert.deepEqual(config.kv_namespaces, [{ binding: "SEEN" }]);
      assert.deepEqual(config.durable_objects.bindings, isInbox ? [{ name: "INBOX", class_name: "Inbox" }] : []);
      assert.deepEqual(config.migrations, isInbox ? [{ tag: "v1", new_sqlite_classes: ["Inbox"] }] : []);
      assert.deepEqual(config.triggers.crons ?? [], isInbox ? ["*/5 * * * *"] : []);
      assert.deepEqual(Object.keys(config.vars), ["SOURCES"], "nothing for development only");
      assert.deepEqual(Object.keys(config.vars.SOURCES), schemes);
      for (const [scheme, source] of Object.entries(config.vars.SOURCES)) {
        const secrets = [`${scheme.toUpperCase().replace("-", "_")}_SECRET`];
        const destinations = [{ name: "app", url: to, signingSecret: "APP_SIGNING_SECRET" }];
        assert.deepEqual(source, { scheme, mode, secrets, destinations });
      }
    }
  });

  test("what is a comment in relay mode is what inbox mode needs", async () => {
    const [relay, inbox] = [folder(), folder()];
    await init(relay);
    await init(inbox, "--mode", "inbox");
    const settings = (text) => text.split("\n").filter((line) => /^(\[\[(durable|migr)|\[trigg|name = "IN|cl|tag|new_|crons)/.test(line));
    const wanted = settings(read(inbox, "wrangler.toml"));
    assert.equal(wanted.length, 8, wanted.join("\n"));
    assert.deepEqual(settings(read(relay, "wrangler.toml").replaceAll(/^# /gm, "")), wanted);
  });

  test("what the repository's own has too, it explains in the same words", async () => {
    const cwd = folder();
    await init(cwd);
    const own = explanations(read(root, "wrangler.toml"));
    const written = explanations(read(cwd, "wrangler.toml"));
    const same = Object.keys(written).filter((setting) => setting in own);
    assert.ok(same.length >= 20, `only ${same.length} settings are in both: ${same.join(", ")}`);
    for (const setting of same.filter((name) => !(name in OTHERWISE))) {
      assert.equal(written[setting], own[setting], setting);
    }
  });
});

/** What has to be explained in another way. */
const OTHERWISE = {
  "main =": "the Worker is not built",
  "scheme =": "the documents are elsewhere",
  "mode =": "there is no inbox at the end of this file",
};

/** From a setting or a table, in a comment or not, to the prose above it. */
function explanations(text) {
  const all = {};
  let prose = [];
  for (const line of text.split("\n")) {
    const [setting] = /^(?:# )?(\[+[\w.]+\]+|\w+ =)/.exec(line) ?? [];
    if (setting !== undefined) {
      all[setting.replace("# ", "")] ??= prose.join(" ");
      prose = [];
    } else prose = line.startsWith("# ") ? [...prose, line.slice(2)] : [];
  }
  return all;
}

describe(".dev.vars.example", () => {
  test("it permits what is not public, and only if that is asked for", async () => {
    for (const [to, isPermitted] of [
      [LOCAL, true],
      ["http://127.0.0.1:8080/", true],
      ["http://[::1]:8080/", true],
      ["http://192.168.1.7/", true],
      ["https://localhost/", true],
      ["https://app/", true],
      ["https://[fd00::1]/", true],
      ["https://app.example.com/", false],
      ["https://93.184.215.14/", false],
      ["https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", false],
    ]) {
      const cwd = folder();
      await init(cwd, "--to", to);
      assert.equal(/^ALLOW_INSECURE_DESTINATIONS="true"$/m.test(read(cwd, ".dev.vars.example")), isPermitted, to);
      assert.equal(/This one is for `npx wrangler dev`/.test(read(cwd, "wrangler.toml")), isPermitted, to);
      assert.doesNotMatch(read(cwd, "wrangler.toml"), /ALLOW_INSECURE_DESTINATIONS/, "it would be deployed");
    }
  });

  test("`gateway check` finds nothing in what it writes, but an address that can't be deployed", async () => {
    const check = async (code, ...words) => {
      const cwd = folder();
      await init(cwd, ...words);
      const { stdout } = await expectCode(code, ["gateway", "check", "--json"], { cwd });
      return objects(stdout)[0].findings;
    };
    for (const words of [[], ["--mode", "inbox"], ["--scheme", "standard-webhooks", "--name", "hooks"]]) {
      assert.deepEqual(await check(0, ...words), [], words.join(" "));
    }
    const findings = await check(1, "--to", LOCAL);
    assert.equal(findings.length, 2, "a source each");
    for (const { path } of findings) assert.match(path, /^SOURCES\.\w+\.destinations\[0\]\.url$/);
  });

  test("it has a secret for each name in wrangler.toml, and none that anybody has set", async () => {
    const cwd = folder();
    await init(cwd, "--scheme", "standard-webhooks", "--scheme", "peeker");
    const set = [...read(cwd, ".dev.vars.example").matchAll(/^(\w+)="(.*)"$/gm)].map(([, name, value]) => [name, value]);
    const values = Object.fromEntries(set);
    assert.deepEqual(Object.keys(values), ["STANDARD_WEBHOOKS_SECRET", "PEEKER_SECRET", "APP_SIGNING_SECRET"]);
    assert.equal(new Set(Object.values(values)).size, 3, "no two are the same");
    for (const name of ["STANDARD_WEBHOOKS_SECRET", "APP_SIGNING_SECRET"]) {
      assert.match(values[name], /^whsec_[A-Za-z0-9+/]{22,}={0,2}$/, name);
    }
    for (const [name, text] of Object.entries(contents(cwd))) assertNoSecret(text, name);
  });
});

describe(".gitignore", () => {
  test("what it writes keeps .dev.vars out, and the example in", async () => {
    const cwd = folder();
    await init(cwd);
    const git = (...words) => execFileSync("git", words, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    git("init", "--quiet");
    writeFileSync(join(cwd, ".dev.vars"), "");
    writeFileSync(join(cwd, ".dev.vars.staging"), "");
    const seen = git("ls-files", "--others", "--exclude-standard").trimEnd().split("\n");
    assert.deepEqual(seen.sort(), FILES);
  });

  for (const [what, text, isCovered] of [
    ["without the line", "node_modules\n", false],
    ["with another", "!.dev.vars\n# .dev.vars\n.dev.vars.example\n", false],
    ["with the line", "node_modules\r\n.dev.vars\r\n", true],
    ["with a pattern", "/.dev.vars*", true],
  ]) {
    test(`one that is there, ${what}, stays as it is`, async () => {
      const cwd = folder({ ".gitignore": text });
      const { stderr, stdout } = await init(cwd, "--json");
      assert.equal(read(cwd, ".gitignore"), text);
      assert.equal(objects(stdout)[0].gitignore, isCovered ? "covered" : "missing");
      if (isCovered) assert.equal(stderr, "");
      else assert.match(stderr, /^warning: .*left as it is; add this line to it: \.dev\.vars$/m);
    });
  }
});

describe("what is there is never overwritten", () => {
  for (const name of ["worker.js", "wrangler.toml", ".dev.vars.example", "wrangler.json", "wrangler.jsonc"]) {
    test(name, async () => {
      const cwd = folder({ [name]: "mine" });
      const { stderr, stdout } = await expectCode(2, ["gateway", "init"], { cwd });
      assert.match(stderr, /^error: nothing was written: .* is there already\..* countersign gateway init <directory>$/m);
      assert.ok(stderr.includes(name), stderr);
      assert.equal(stdout, "");
      assert.deepEqual(contents(cwd), { [name]: "mine" });
    });
  }

  test("nor what a link without a target would make", async () => {
    const cwd = folder();
    symlinkSync(join(cwd, "elsewhere"), join(cwd, "worker.js"));
    await expectCode(2, ["gateway", "init"], { cwd });
    assert.deepEqual([readdirSync(cwd), existsSync(join(cwd, "elsewhere"))], [["worker.js"], false]);
  });

  test("a second time it names all of its files", async () => {
    const cwd = folder();
    await init(cwd);
    const before = contents(cwd);
    const { stderr } = await expectCode(2, ["gateway", "init", "--mode", "inbox"], { cwd });
    assert.match(stderr, /worker\.js, wrangler\.toml, \.dev\.vars\.example are there already/);
    assert.deepEqual(contents(cwd), before);
  });

  test("secrets that are there are not copied over", async () => {
    const cwd = folder({ ".dev.vars": "PEEKER_SECRET=mine\n" });
    const { stdout } = await init(cwd);
    assert.doesNotMatch(stdout, /\bcp /);
    assert.match(stdout, /^ {2}diff \.dev\.vars\.example \.dev\.vars {4}# is there already: add what it lacks$/m);
    assert.equal(read(cwd, ".dev.vars"), "PEEKER_SECRET=mine\n");
  });

  test("if one can't be written, none is", async () => {
    const cwd = folder();
    mkdirSync(join(cwd, ".gitignore"));
    const { stderr } = await expectCode(2, ["gateway", "init"], { cwd });
    assert.match(stderr, /^error: nothing was written: \.gitignore is a directory$/m);
    assert.deepEqual(readdirSync(cwd), [".gitignore"]);
  });
});

describe("the directory", () => {
  test("it is made, with those above it", async () => {
    const cwd = folder();
    const { stdout } = await init(cwd, "a/b c");
    assert.deepEqual(readdirSync(join(cwd, "a/b c")).sort(), FILES);
    assert.match(stdout, /^ {2}cd 'a\/b c'$/m);
  });

  for (const [what, directory] of [
    ["a file", "file"],
    ["below a file", "file/below"],
  ]) {
    test(`${what}: it says so`, async () => {
      const cwd = folder({ file: "mine" });
      const { stderr } = await expectCode(2, ["gateway", "init", directory], { cwd });
      assert.match(stderr, /^error: nothing was written: there is something of this name that is no directory/m);
      assert.deepEqual(contents(cwd), { file: "mine" });
    });
  }

  test("a name that is too long is not repeated", async () => {
    const name = "x".repeat(300);
    const { stderr } = await expectCode(2, ["gateway", "init", name], { cwd: folder() });
    assert.match(stderr, /no directory has such a long name/);
    assert.ok(!stderr.includes(name));
  });
});

describe("the commands that it prints", () => {
  test("what is installed, also further up, need not be installed", async () => {
    const cwd = folder();
    const without = await init(cwd, "--scheme=peeker", "here");
    assert.match(without.stdout, /^ {2}npm install countersign\n {2}npm install --save-dev wrangler\n {2}cp /m);
    mkdirSync(join(cwd, "node_modules/wrangler"), { recursive: true });
    writeFileSync(join(cwd, "node_modules/wrangler/package.json"), "{}");
    const { stdout } = await init(cwd, "--scheme=peeker", "there");
    assert.match(stdout, /^ {2}npm install countersign\n {2}cp /m);
  });

  test("a URL for each source, a secret for each name, and the same for machines", async () => {
    const args = ["--name", "hooks", "--scheme", "standard-webhooks", "--scheme", "boateros"];
    const { stdout } = await init(folder(), ...args);
    const [told] = objects((await init(folder(), ...args, "--json")).stdout);
    assert.deepEqual(told.urls, {
      "standard-webhooks": "https://hooks.<your-subdomain>.workers.dev/hooks/standard-webhooks",
      boateros: "https://hooks.<your-subdomain>.workers.dev/hooks/boateros",
    });
    assert.deepEqual(told.secrets, ["APP_SIGNING_SECRET", "STANDARD_WEBHOOKS_SECRET", "BOATEROS_SECRET"]);
    assert.deepEqual(told.files, ["worker.js", "wrangler.toml", ".dev.vars.example", ".gitignore"]);
    assert.equal(told.directory, ".");
    for (const url of Object.values(told.urls)) assert.ok(stdout.includes(url), url);
    for (const name of told.secrets) assert.ok(stdout.includes(`npx wrangler secret put ${name}\n`), name);
    for (const { title, lines } of told.steps) {
      assert.ok(stdout.includes(`\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`), title);
    }
  });

  test("a gateway for this machine has to be changed before it is deployed", async () => {
    const said = /^deploy it, when your application's https:\/\/ address stands in wrangler\.toml$/m;
    assert.match((await init(folder(), "--to", LOCAL)).stdout, said);
    assert.doesNotMatch((await init(folder())).stdout, said);
  });
});

/** What is typed behind `gateway init`, and what is said. */
const MISTAKES = {
  "a scheme that is nearly one": [["--scheme", "peker"], /there is no scheme peker; did you mean peeker\?/],
  "a scheme that is none": [["--scheme", "stripe"], /there is no such scheme; there are .*peeker/],
  "a scheme twice": [["--scheme", "peeker", "--scheme", "peeker"], /--scheme peeker stands there twice/],
  "a mode that is nearly one": [["--mode", "inbx"], /there is no mode inbx; did you mean inbox\?/],
  "a mode that is none": [["--mode", "queue"], /there is no such mode; there are relay, inbox/],
  "a URL that is none": [["--to", "app"], /--to is a URL, such as/],
  "a URL without http": [["--to", "localhost:8080/in"], /did you mean http:\/\/localhost:8080\/in\?/],
  "another protocol": [["--to", "ftp://app.example.com/"], /--to is a URL/],
  "http to a public host": [["--to", "http://app.example.com/"], /over http anybody .* can read events; write https/],
  "http to a public address": [["--to", "http://8.8.8.8/"], /over http anybody/],
  "a user name": [["--to", "https://me@app.example.com/"], /--to has a user name or password; use signingSecret/],
  "a fragment": [["--to", "https://app.example.com/#in"], /--to has a fragment/],
  "a backslash": [["--to", "https://app.example.com/?a\\b"], /--to has white space, a backslash/],
  "a host that is no plain one": [["--to", "https://a!b.example.com/"], /--to has no plain host/],
  "a dot behind the host": [["--to", "https://app.example.com./"], /--to has no plain host/],
  "a name in capitals": [["--name", "Hooks"], /--name is 1 to 63 of a-z, 0-9 and inner hyphens, such as countersign/],
  "a name that is too long": [["--name", "a".repeat(64)], /--name is 1 to 63/],
  "a name that ends with a hyphen": [["--name", "hooks-"], /--name is 1 to 63/],
  "a name twice": [["--name", "a", "--name", "b"], /--name stands there twice/],
  "two directories": [["a", "b"], /gateway init takes only \[<directory>\]; there are 2/],
  "an option that is nearly one": [["--shceme", "peeker"], /gateway init has no option --shceme; did you mean --scheme\?/],
  "an option of somebody else": [["--force"], /gateway init has no such option; `countersign help gateway init`/],
};

describe("a mistake", { concurrency: 4 }, () => {
  for (const [what, [args, said]] of Object.entries(MISTAKES)) {
    test(what, async () => {
      const cwd = folder();
      const { stdout, stderr } = await expectCode(2, ["gateway", "init", ...args], { cwd });
      assert.match(stderr, said);
      assert.match(stderr, /^error: /);
      assert.equal(stdout, "");
      assert.deepEqual(readdirSync(cwd), [], "it has written something");
    });
  }
});

describe("a secret in the wrong place is not repeated", () => {
  const places = [["--scheme"], ["--mode"], ["--name"], ["--to"], ["--to", "--json"]];
  for (const [option, ...more] of places) {
    test([option, "SECRET", ...more].join(" "), async () => {
      await expectCode(2, ["gateway", "init", option, SECRET, ...more], { cwd: folder(), env: SECRETS });
    });
  }
  test("in the URL", async () => {
    const urls = [`https://u:${SECRET}@app.example.com/`, `http://app.example.com/${SECRET}`, `https://${SECRET}!/`];
    for (const url of urls) await expectCode(2, ["gateway", "init", "--to", url], { cwd: folder() });
  });
});

test("a group without a word shows its help, and what is nearly a word of it is suggested", async () => {
  const { stdout } = await expectCode(2, ["gateway"], {});
  assert.match(stdout, /^usage: countersign gateway <command>/m);
  assert.equal((await expectCode(0, ["gateway", "--help"], {})).stdout, stdout);
  const { stderr } = await expectCode(2, ["gateway", "inti"], {});
  assert.match(stderr, /there is no command inti; did you mean init\?/);
});
