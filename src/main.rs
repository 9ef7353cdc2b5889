//! The `loglane` binary.
#![forbid(unsafe_code)]

use loglane::config::{Config, Sources};

fn main() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let pair = |text: String| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    let overrides: Vec<(String, String)> = std::env::args().skip(1).filter_map(pair).collect();
    let sources = Sources { overrides, host_name: "localhost".into(), ..Sources::default() };
    let (config, warnings) = match Config::parse(&sources) {
        Ok(parsed) => parsed,
        Err(error) => {
            tracing::error!("{error}");
            std::process::exit(1);
        }
    };
    for warning in warnings {
        tracing::warn!("{}", warning.0);
    }
    let ready = |running: loglane::server::Running| tracing::info!(listeners = ?running.listeners, "ready");
    if let Err(fatal) = loglane::server::run(config, ready, std::mem::forget) {
        tracing::error!("{fatal}");
        std::process::exit(1);
    }
}
