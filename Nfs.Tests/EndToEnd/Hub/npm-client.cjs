// Drives the unmodified npm client of the Hub. Arguments: the directory with node_modules, the hub's URL, a command,
// and the command's own arguments. Prints JSON.
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");

const [home, hubUrl, command, ...rest] = process.argv.slice(2);
const hub = require(path.join(home, "node_modules", "@huggingface", "hub"));
const common = { hubUrl, accessToken: "hf_localtoken" };

function filesIn(directory) {
  return fs.readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.relative(directory, path.join(entry.parentPath ?? entry.path, entry.name)));
}

function blobOf(file) {
  return new Blob([fs.readFileSync(file)]);
}

async function bytesOf(blob) {
  return Buffer.from(await blob.arrayBuffer());
}

async function listed(options) {
  const entries = [];
  for await (const entry of hub.listFiles({ ...common, ...options })) {
    entries.push(entry);
  }
  return entries;
}

const commands = {
  // Makes the repository if it is not there, and uploads a directory, below a prefix.
  async upload(repo, directory, prefix = "") {
    if (!await hub.repoExists({ ...common, repo })) {
      await hub.createRepo({ ...common, repo });
    }
    assert(await hub.repoExists({ ...common, repo }));
    const files = filesIn(directory).map(
      name => ({ path: prefix + name, content: blobOf(path.join(directory, name)) }));
    await hub.uploadFiles({ ...common, repo, files });
    return files.length;
  },

  // Lists everything, and downloads it into a directory. Random slices must agree with the whole.
  async download(repo, directory, revision) {
    const entries = (await listed({ repo, recursive: true, revision })).filter(entry => entry.type === "file");
    for (const entry of entries) {
      const blob = await hub.downloadFile({ ...common, repo, path: entry.path, revision });
      const bytes = await bytesOf(blob);
      const file = path.join(directory, entry.path);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, bytes);
      for (let i = 1; i <= (bytes.length > 100_000 ? 3 : 0); i++) {
        const start = Math.floor(bytes.length * i / 7);
        const slice = await bytesOf(blob.slice(start, start + 10_007));
        assert(slice.equals(bytes.subarray(start, start + 10_007)), `slice of ${entry.path} at ${start}`);
      }
    }
    return entries.map(entry => ({ path: entry.path, size: entry.size })).sort((a, b) => a.path < b.path ? -1 : 1);
  },

  // Edits a file: a list of [start, end, text].
  async edit(repo, name, edits) {
    const originalContent = await hub.downloadFile({ ...common, repo, path: name });
    await hub.commit({
      ...common, repo, title: "edit",
      operations: [{
        operation: "edit", path: name, originalContent,
        edits: JSON.parse(edits).map(([start, end, text]) => ({ start, end, content: new Blob([text]) })),
      }],
    });
    return name;
  },

  // Everything else that changes or asks for names.
  async names(repo) {
    await hub.copyFile({ ...common, source: { repo, path: "a" }, destination: { repo, path: "dir/copy" } });
    const flat = (await listed({ repo, recursive: false })).map(entry => `${entry.type} ${entry.path}`);
    const info = await hub.pathsInfo({ ...common, repo, paths: ["a", "dir/copy", "nope"] });
    await hub.deleteFiles({ ...common, repo, paths: ["a"] });
    const exists = [];
    for (const name of ["a", "dir/copy"]) {
      exists.push(await hub.fileExists({ ...common, repo, path: name }));
    }
    const missing = await hub.downloadFile({ ...common, repo, path: "a" });
    await hub.deleteRepo({ ...common, repo });
    const there = await hub.repoExists({ ...common, repo });
    return { flat, info: info.map(entry => entry.path), exists, missing, there };
  },
};

commands[command](...rest).then(
  result => {
    const text = JSON.stringify(result).replace(
      /[^\0-\x7f]/g, c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));

    // An edit leaves answers behind that it has not read to their end, and they would keep node alive.
    process.stdout.write(text + "\n", () => process.exit(0));
  },
  error => { console.error(error); process.exitCode = 1; });
