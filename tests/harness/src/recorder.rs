//! A proxy that writes down which version of each API a client has used.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Versions that were asked for, by API key.
pub type Versions = BTreeMap<i16, BTreeSet<i16>>;

/// Listens beside a broker and passes everything on; a connection ends on both sides at once.
#[derive(Debug)]
pub struct Recorder {
    address: SocketAddr,
    seen: Arc<Mutex<Versions>>,
    over: Arc<AtomicBool>,
}

impl Recorder {
    /// Listens on a free port; the broker need not run yet. It has to advertise [`Recorder::address`].
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn before(broker: SocketAddr) -> Recorder {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let recorder = Recorder { address, seen: Arc::default(), over: Arc::default() };
        let (seen, over) = (Arc::clone(&recorder.seen), Arc::clone(&recorder.over));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                // While no broker runs its clients are turned away, as it would be without a proxy.
                if let Ok(server) = TcpStream::connect(broker) {
                    pass_on(client, server, &seen);
                }
            }
        });
        recorder
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was seen so far.
    #[must_use]
    pub fn versions(&self) -> Versions {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts, which then ends.
        let _ = TcpStream::connect(self.address);
    }
}

fn pass_on(client: TcpStream, server: TcpStream, seen: &Arc<Mutex<Versions>>) {
    let (Ok(mut to_client), Ok(mut from_server)) = (client.try_clone(), server.try_clone()) else { return };
    // Both fail only for a connection that is gone already.
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let seen = Arc::clone(seen);
    thread::spawn(move || {
        let (mut client, mut server) = (client, server);
        // Either side may break off at any time.
        let _ = pass_requests(&mut client, &mut server, &seen);
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        let _ = io::copy(&mut from_server, &mut to_client);
        let _ = from_server.shutdown(Shutdown::Both);
        let _ = to_client.shutdown(Shutdown::Both);
    });
}

fn pass_requests(client: &mut TcpStream, server: &mut TcpStream, seen: &Mutex<Versions>) -> io::Result<()> {
    loop {
        // The size of the frame, the API's key and its version.
        let mut head = [0; 8];
        client.read_exact(&mut head)?;
        let [s0, s1, s2, s3, k0, k1, v0, v1] = head;
        let (key, version) = (i16::from_be_bytes([k0, k1]), i16::from_be_bytes([v0, v1]));
        seen.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().insert(version);
        server.write_all(&head)?;
        let rest = u64::from(u32::from_be_bytes([s0, s1, s2, s3])).saturating_sub(4);
        if io::copy(&mut client.take(rest), server)? < rest {
            return Ok(());
        }
    }
}
