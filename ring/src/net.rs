//! Listening sockets, and the connections that they yield.

use crate::io::Socket;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::time::Duration;
use std::{fmt, fs, io, thread};

/// Why a listener could not be had.
#[derive(Debug)]
pub enum ListenError {
    /// Another socket listens there. `holder` says which process, where that can be found out.
    Taken {
        /// The address that was asked for.
        address: SocketAddr,
        /// Who has it.
        holder: Option<Holder>,
    },
    /// Anything else: no such address on this machine, no permission for a low port.
    Failed {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the kernel says.
        error: io::Error,
    },
}

/// A process that has a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// Its command line, arguments separated by blanks, cut after 200 characters.
    pub command_line: String,
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenError::Taken { address, holder: Some(Holder { pid, command_line }) } => {
                write!(
                    f,
                    "{address} is taken by process {pid} ({command_line}): stop it, or listen on another port"
                )
            }
            ListenError::Taken { address, holder: None } => write!(
                f,
                "{address} is taken by a process that this user cannot look into, or in another container: \
                 `ss -ltnp` as root shows it; stop it, or listen on another port"
            ),
            ListenError::Failed { address, error } => write!(f, "cannot listen on {address}: {error}"),
        }
    }
}

impl std::error::Error for ListenError {}

/// How a listening socket is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListenOptions {
    /// How many connections may wait to be accepted; `None`: plenty. The kernel cuts it to net.core.somaxconn.
    pub backlog: Option<u32>,
    /// SO_SNDBUF of the connections, in bytes; `None`: as the kernel thinks best, and changes it as a connection needs.
    pub send_buffer_bytes: Option<u32>,
    /// SO_RCVBUF of the connections, in bytes; `None`: likewise.
    pub receive_buffer_bytes: Option<u32>,
}

/// What is plenty.
const BACKLOG: i32 = 4096;

/// How often, and how long apart, a port without a visible holder is tried.
const LISTEN_TRIES: usize = 100;
const LISTEN_RETRY: Duration = Duration::from_millis(20);

/// Listens on `address` (port 0: any free one) and says on which address that is. The socket can be taken over right
/// after a restart (SO_REUSEADDR), but two processes never share a port. An IPv6 wildcard also takes IPv4.
///
/// A port that belongs to no process that can be seen is given two seconds: the ring of a process that has ended keeps
/// its port until the kernel has torn it down, and whoever starts it again at once should not be turned away.
///
/// # Errors
/// [`ListenError`].
pub fn listen(address: SocketAddr) -> Result<(Socket, SocketAddr), ListenError> {
    listen_with(address, &ListenOptions::default())
}

/// As [`listen`], with options.
///
/// # Errors
/// [`ListenError`].
pub fn listen_with(
    address: SocketAddr,
    options: &ListenOptions,
) -> Result<(Socket, SocketAddr), ListenError> {
    for _ in 1..LISTEN_TRIES {
        match listen_once(address, options) {
            Err(ListenError::Taken { holder: None, .. }) => thread::park_timeout(LISTEN_RETRY),
            outcome => return outcome,
        }
    }
    listen_once(address, options)
}

fn listen_once(address: SocketAddr, options: &ListenOptions) -> Result<(Socket, SocketAddr), ListenError> {
    match bind_and_listen(address, options) {
        Ok((fd, bound)) => Ok((Socket::from_fd(fd), bound)),
        Err(error) => Err(explain(address, error)),
    }
}

fn explain(address: SocketAddr, error: io::Error) -> ListenError {
    if error.kind() == io::ErrorKind::AddrInUse {
        ListenError::Taken { address, holder: holder_of(address) }
    } else {
        ListenError::Failed { address, error }
    }
}

/// As [`listen`], for whoever takes connections without a ring, and whose port therefore ends with the process.
///
/// # Errors
/// [`ListenError`].
pub fn listen_aside(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ListenError> {
    match bind_and_listen(address, &ListenOptions::default()) {
        Ok((fd, bound)) => Ok((TcpListener::from(fd), bound)),
        Err(error) => Err(explain(address, error)),
    }
}

/// Prepares a fresh connection; `Err` if it is gone already. Whoever comes by IPv4 has an IPv4 address, also where the
/// listener is an IPv6 wildcard, for which the kernel writes it as `::ffff:a.b.c.d`.
pub(crate) fn accepted_socket(fd: OwnedFd) -> io::Result<(Socket, SocketAddr)> {
    let peer = rustix::net::getpeername(&fd)?.ok_or(io::ErrorKind::NotConnected)?;
    let mut peer = SocketAddr::try_from(peer)?;
    peer.set_ip(peer.ip().to_canonical());
    // Answers are small and awaited: Nagle's algorithm would hold them back.
    sockopt::set_tcp_nodelay(&fd, true)?;
    // Who is gone without a word is found out by the kernel, as in Kafka.
    sockopt::set_socket_keepalive(&fd, true)?;
    Ok((Socket::from_fd(fd), peer))
}

fn bind_and_listen(address: SocketAddr, options: &ListenOptions) -> io::Result<(OwnedFd, SocketAddr)> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let fd = rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_reuseaddr(&fd, true)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&fd, !address.ip().is_unspecified())?;
    }
    // Connections begin with what their listener has; a window can only be as large as it was when they began.
    if let Some(bytes) = options.send_buffer_bytes {
        sockopt::set_socket_send_buffer_size(&fd, bytes as usize)?;
    }
    if let Some(bytes) = options.receive_buffer_bytes {
        sockopt::set_socket_recv_buffer_size(&fd, bytes as usize)?;
    }
    rustix::net::bind(&fd, &address)?;
    let backlog = options.backlog.map_or(BACKLOG, |backlog| i32::try_from(backlog).unwrap_or(i32::MAX));
    rustix::net::listen(&fd, backlog)?;
    let bound = SocketAddr::try_from(rustix::net::getsockname(&fd)?)?;
    Ok((fd, bound))
}

/// Looks for the process that listens on the port: the socket's inode in /proc/net, then who has it open.
fn holder_of(address: SocketAddr) -> Option<Holder> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listeners_on(&table, address.port()))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if inodes.is_empty() {
        return None;
    }
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(descriptors) = fs::read_dir(process.path().join("fd")) else { continue };
        let has_it = descriptors.flatten().any(|descriptor| {
            fs::read_link(descriptor.path())
                .is_ok_and(|to| inodes.iter().any(|inode| to.as_os_str() == inode.as_str()))
        });
        if has_it {
            return Some(Holder { pid, command_line: command_line(pid) });
        }
    }
    None
}

/// The inodes of listening sockets with this port, of a table in the format of /proc/net/tcp.
fn listeners_on(table: &str, port: u16) -> Vec<u64> {
    const LISTENS: &str = "0A";
    let port = format!("{port:04X}");
    let inode = |line: &str| {
        let mut fields = line.split_ascii_whitespace();
        let local = fields.nth(1)?;
        let state = fields.nth(1)?;
        let inode = fields.nth(5)?;
        let fits = state == LISTENS && local.rsplit(':').next() == Some(port.as_str());
        if fits { inode.parse().ok() } else { None }
    };
    table.lines().skip(1).filter_map(inode).collect()
}

fn command_line(pid: u32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).replace('\0', " ");
    text.trim().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_names_its_holder() {
        let (_listener, bound) = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let error = listen(bound).unwrap_err();
        let text = error.to_string();
        let ListenError::Taken { holder: Some(holder), .. } = error else { panic!("{error:?}") };
        assert_eq!(holder.pid, std::process::id());
        assert!(text.contains(&format!("process {} ", std::process::id())), "{text}");
        assert!(!holder.command_line.is_empty());
    }

    #[test]
    fn a_port_taken_on_all_addresses_is_taken_on_each() {
        let (_listener, bound) = listen("0.0.0.0:0".parse().unwrap()).unwrap();
        let local = SocketAddr::from(([127, 0, 0, 1], bound.port()));
        assert!(matches!(listen(local), Err(ListenError::Taken { holder: Some(_), .. })));
    }

    #[test]
    fn a_client_has_its_ipv4_address_whatever_the_listener_is() {
        for (listens, comes_to) in [("[::]:0", "127.0.0.1"), ("0.0.0.0:0", "127.0.0.1"), ("[::]:0", "::1")] {
            let Ok((listener, bound)) = listen_aside(listens.parse().unwrap()) else { continue };
            let client = std::net::TcpStream::connect((comes_to, bound.port())).unwrap();
            let (accepted, _) = listener.accept().unwrap();
            let (_socket, peer) = accepted_socket(accepted.into()).unwrap();
            assert_eq!(peer, client.local_addr().unwrap(), "{listens}");
        }
    }

    #[test]
    fn an_ipv6_wildcard_also_takes_ipv4() {
        let Ok((_listener, bound)) = listen("[::]:0".parse().unwrap()) else { return };
        std::net::TcpStream::connect(("127.0.0.1", bound.port())).unwrap();
        std::net::TcpStream::connect(("::1", bound.port())).unwrap();
    }

    /// Connections to a listener, as they are made: what each of them was given as buffers.
    fn buffers_of_a_connection(options: &ListenOptions) -> (usize, usize) {
        let (fd, bound) = bind_and_listen("127.0.0.1:0".parse().unwrap(), options).unwrap();
        let listener = TcpListener::from(fd);
        let _client = std::net::TcpStream::connect(bound).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        (
            sockopt::socket_send_buffer_size(&accepted).unwrap(),
            sockopt::socket_recv_buffer_size(&accepted).unwrap(),
        )
    }

    #[test]
    fn connections_have_the_buffers_that_were_asked_for() {
        let options = ListenOptions {
            send_buffer_bytes: Some(20_000),
            receive_buffer_bytes: Some(30_000),
            ..ListenOptions::default()
        };
        // The kernel doubles them, for its own book-keeping.
        assert_eq!(buffers_of_a_connection(&options), (40_000, 60_000));
        assert_ne!(buffers_of_a_connection(&ListenOptions::default()), (40_000, 60_000));
    }

    #[test]
    fn no_more_connections_wait_than_were_asked_for() {
        let options = ListenOptions { backlog: Some(2), ..ListenOptions::default() };
        let (_listener, bound) = listen_with("127.0.0.1:0".parse().unwrap(), &options).unwrap();
        let connect = |ms| std::net::TcpStream::connect_timeout(&bound, Duration::from_millis(ms));
        // The kernel lets one more wait than it was told.
        let _waiting = [connect(60_000).unwrap(), connect(60_000).unwrap(), connect(60_000).unwrap()];
        assert_eq!(connect(200).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn an_address_that_is_not_ours_is_refused_as_such() {
        let error = listen("192.0.2.1:0".parse().unwrap()).unwrap_err();
        assert!(matches!(error, ListenError::Failed { .. }), "{error:?}");
    }
}
