//! Collects what [`Config::parse`](crate::config::Config::parse) reads: the file, the environment, the machine's name.

use super::arguments::Serve;
use crate::config::Sources;
use crate::fatal::Fatal;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where the container images of Kafka expect a file to be mounted; taken where none is named and this one is there.
const MOUNTED_FILE: &str = "/mnt/shared/config/server.properties";

/// Reads the file that was named (or mounted) and puts it beside the environment and the overrides.
///
/// # Errors
/// A file that cannot be read.
pub fn collect(
    serve: &Serve,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Sources, Fatal> {
    let mounted = || Some(PathBuf::from(MOUNTED_FILE)).filter(|path| path.is_file());
    let file = match serve.file.clone().or_else(mounted) {
        Some(path) => Some((path.display().to_string(), read(&path)?)),
        None => None,
    };
    // A variable that is no text can be no setting.
    let text = |pair: (OsString, OsString)| Some((pair.0.into_string().ok()?, pair.1.into_string().ok()?));
    let environment: BTreeMap<String, String> = environment.filter_map(text).collect();
    let host_name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(Sources { file, environment, overrides: serve.overrides.clone(), host_name })
}

fn read(path: &Path) -> Result<String, Fatal> {
    let bytes = std::fs::read(path).map_err(|error| Fatal::unreadable_file(path, &error))?;
    // Java reads these files as Latin-1 unless they are UTF-8; what is not UTF-8 is Latin-1 here too.
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| error.into_bytes().iter().map(|byte| char::from(*byte)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fatal::FatalCode;

    #[test]
    fn a_file_the_environment_and_overrides_come_together() {
        let path = std::env::temp_dir().join(format!("loglane-sources-{}.properties", std::process::id()));
        std::fs::write(&path, b"broker.rack=M\xfcnchen\n").unwrap();
        let serve = Serve { file: Some(path.clone()), overrides: vec![("a".to_owned(), "1".to_owned())] };
        let environment = [(OsString::from("KAFKA_NODE_ID"), OsString::from("3"))];
        let sources = collect(&serve, environment.into_iter()).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(sources.file, Some((path.display().to_string(), "broker.rack=München\n".to_owned())));
        assert_eq!(sources.environment["KAFKA_NODE_ID"], "3");
        assert_eq!(sources.overrides.len(), 1);
        assert!(!sources.host_name.is_empty());
    }

    #[test]
    fn a_file_that_is_not_there_is_fatal() {
        let serve = Serve { file: Some(PathBuf::from("/nowhere/server.properties")), overrides: Vec::new() };
        let fatal = collect(&serve, std::iter::empty()).unwrap_err();
        assert_eq!(fatal.code, FatalCode::UnreadableFile);
    }
}
