//! The admin server: metrics and health by HTTP, from one thread beside the shards.
//!
//! It owns nothing of the broker. Whoever asks for metrics sets off one mail to each shard, which answers with a copy
//! of its counts; the text is made here. However many ask, and however they behave: there is one such round at a time
//! and few in a second, connections are few and short, and nobody waits for them but they.

mod exposition;
mod metrics;
mod process;
mod rounds;
mod server;

use crate::config::AdminListener;
use crate::fatal::Fatal;
use crate::server::boot::{address_of, or_without_ipv6};
use crate::shard::mail::Mail;
use loglane_ring::{ListenError, Mailer, listen_aside};
use rounds::Rounds;
use server::Server;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Instant;

/// A port for the admin server.
#[derive(Debug)]
pub(crate) struct AdminSocket {
    listener: TcpListener,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// Listens where the configuration says. `None`: nowhere, because it says so, or because the port that is the default
/// cannot be had: somebody else's broker may be on this machine, and no metrics are better than no broker.
///
/// # Errors
/// The address that somebody has asked for cannot be listened on.
pub(crate) fn bind(wanted: Option<&AdminListener>) -> Result<Option<AdminSocket>, Fatal> {
    let Some(wanted) = wanted else { return Ok(None) };
    let address = address_of(wanted.host.as_deref(), wanted.port)?;
    match or_without_ipv6(address, listen_aside) {
        Ok((listener, address)) => Ok(Some(AdminSocket { listener, address })),
        Err(error) if wanted.is_wanted => Err(refusal(error)),
        Err(error) => {
            tracing::warn!(
                "there are no metrics: {error} (loglane.admin.listener=host:port, or off, says that it is meant)"
            );
            Ok(None)
        }
    }
}

fn refusal(error: ListenError) -> Fatal {
    let fix = match &error {
        ListenError::Taken { holder: Some(holder), .. } => {
            format!(
                "stop it (`kill {}`), or set another port in loglane.admin.listener, or off there",
                holder.pid
            )
        }
        ListenError::Taken { .. } | ListenError::Failed { .. } => {
            "set loglane.admin.listener to a free port on an address of this machine, or to off".to_owned()
        }
    };
    Fatal { fix, ..Fatal::from(error) }
}

/// What the admin server knows of its broker.
#[derive(Debug)]
pub(crate) struct About {
    /// The way to the shards.
    pub(crate) mailer: Mailer<Mail>,
    /// The core of each shard.
    pub(crate) cores: Vec<usize>,
    /// The names of the listeners, by number.
    pub(crate) listeners: Vec<String>,
    /// Whether connections are accepted.
    pub(crate) is_ready: Arc<AtomicBool>,
    /// When the broker began.
    pub(crate) began: Instant,
}

/// Serves on a thread of its own until the process ends.
///
/// # Errors
/// If the system grants no thread or no descriptor.
pub(crate) fn serve(socket: AdminSocket, about: About) -> io::Result<()> {
    socket.listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let run = move || {
        runtime.block_on(async {
            match tokio::net::TcpListener::from_std(socket.listener) {
                Ok(listener) => Server::new(Rounds::new(about)).run(listener).await,
                Err(error) => tracing::warn!(%error, "there are no metrics: the listener cannot be watched"),
            }
        });
    };
    thread::Builder::new().name("admin".to_owned()).spawn(run).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16, is_wanted: bool) -> AdminListener {
        AdminListener { host: Some("127.0.0.1".to_owned()), port, is_wanted }
    }

    #[test]
    fn a_port_that_is_taken_is_fatal_where_somebody_has_asked_for_it() {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = held.local_addr().unwrap().port();
        assert!(bind(Some(&at(port, false))).unwrap().is_none());
        let fatal = bind(Some(&at(port, true))).unwrap_err().to_string();
        let taken =
            format!("error[port-in-use]: 127.0.0.1:{port} is taken by process {}", std::process::id());
        assert!(fatal.starts_with(&taken), "{fatal}");
        assert!(fatal.contains("set another port in loglane.admin.listener, or off there"), "{fatal}");
        let fatal =
            bind(Some(&AdminListener { host: Some("192.0.2.1".to_owned()), ..at(0, true) })).unwrap_err();
        assert!(fatal.to_string().contains("fix:   set loglane.admin.listener to a free port"), "{fatal}");
    }

    #[test]
    fn there_may_be_no_admin_server() {
        assert!(bind(None).unwrap().is_none());
        let socket = bind(Some(&at(0, true))).unwrap().unwrap();
        assert_ne!(socket.address.port(), 0);
    }
}
