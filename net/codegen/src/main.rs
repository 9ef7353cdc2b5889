//! Rewrites `net/src/message` and the table in `net/README.md` from `net/schema`.
#![forbid(unsafe_code)]

use loglane_codegen::{Schema, generate, readme_table};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match rewrite(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn rewrite(net: &Path) -> Result<(), String> {
    let schema = Schema::load(&net.join("schema")).map_err(|error| error.to_string())?;
    let folder = net.join("src/message");
    let files = generate(&schema);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for entry in fs::read_dir(&folder).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().expect("it is in a folder").to_string_lossy().into_owned();
        if !files.contains_key(&name) {
            fs::remove_file(&path).map_err(|error| error.to_string())?;
        }
    }
    for (name, text) in &files {
        fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
    }
    let readme = net.join("README.md");
    let text = fs::read_to_string(&readme).map_err(|error| error.to_string())?;
    let (head, tail) = text
        .split_once("<!-- apis -->\n")
        .and_then(|(head, rest)| rest.split_once("<!-- end of apis -->\n").map(|(_, tail)| (head, tail)))
        .ok_or("net/README.md has lost its marks <!-- apis --> and <!-- end of apis -->")?;
    let table = readme_table(&schema);
    fs::write(&readme, format!("{head}<!-- apis -->\n{table}<!-- end of apis -->\n{tail}"))
        .map_err(|error| error.to_string())
}
