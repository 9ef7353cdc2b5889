//! The `loglane` binary: what was asked for, done, and told. Everything else is in the library.
#![forbid(unsafe_code)]

use clap::Parser;
use loglane::cli::arguments::{Arguments, Command, Cores, Serve};
use loglane::cli::banner::Banner;
use loglane::cli::{self, FAILED};
use loglane::config::{Config, LogFormat};
use loglane::fatal::Fatal;
use loglane::server::{self, Running, Stopper, signals};
use loglane_ring::BlockMemory;
use std::process::ExitCode;
use std::time::Instant;

/// The system's allocator would take up to two pages for a block of one.
#[global_allocator]
static MEMORY: BlockMemory = BlockMemory::new();

fn main() -> ExitCode {
    let began = Instant::now();
    // A wrong command line ends here, with exit code 2.
    match Arguments::parse().into_command() {
        Command::Serve(arguments) => match serve(&arguments, began) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fatal) => {
                cli::tell(fatal);
                ExitCode::from(FAILED)
            }
        },
        Command::Cores(Cores::Plan(arguments)) => match cli::plan_cores(&arguments) {
            Ok(plan) => {
                cli::print(plan);
                ExitCode::SUCCESS
            }
            Err(fatal) => {
                cli::tell(fatal);
                ExitCode::from(FAILED)
            }
        },
        Command::Doctor(arguments) => match cli::examine(&arguments) {
            Ok((findings, code)) => {
                cli::print(findings);
                ExitCode::from(code)
            }
            Err(fatal) => {
                cli::tell(fatal);
                ExitCode::from(FAILED)
            }
        },
        Command::Bench(arguments) => {
            cli::raise_open_files();
            ExitCode::from(loglane_bench::main(&arguments.words))
        }
    }
}

fn serve(arguments: &Serve, began: Instant) -> Result<(), Fatal> {
    let config = cli::prepare(arguments)?;
    let shown = config.clone();
    // Signals that come before there is anything to stop end the process, as they always do.
    server::run(config, move |running| announce(&shown, &running, began), watch_signals)?;
    tracing::info!("stopped: all logs are closed");
    Ok(())
}

fn watch_signals(stopper: Stopper) {
    let watched = signals::watch(move |request| match request {
        signals::Request::Stop { signal } => {
            tracing::info!(signal, "closing the logs; a second signal ends at once");
            stopper.stop();
        }
        signals::Request::EndNow { signal, exit_code } => {
            tracing::warn!(signal, "ending without closing the logs: the next start recovers them");
            std::process::exit(exit_code);
        }
    });
    if let Err(error) = watched {
        tracing::warn!(%error, "signals are not watched: they end the broker without closing its logs");
    }
}

/// Tells whoever started the broker, and whoever waits for the line by which Kafka says that it serves.
fn announce(config: &Config, running: &Running, began: Instant) {
    let listeners: Vec<String> = running.listeners.iter().map(ToString::to_string).collect();
    let io_backend = running.backend.to_string();
    if config.log_format == LogFormat::Text {
        let banner = Banner {
            config,
            listeners: &listeners,
            admin: running.admin,
            cluster_id: &running.cluster_id,
            is_new: running.is_new,
            io_backend: &io_backend,
            cores: &running.cores,
            cores_left_out: running.cores_left_out,
            limits: &running.limits,
            took: began.elapsed(),
        };
        cli::print(banner.text());
    }
    let (node, cluster) = (config.node_id.0, &running.cluster_id);
    let listeners = listeners.join(",");
    tracing::info!(node, %cluster, %listeners, "Transitioning from RECOVERY to RUNNING");
}
