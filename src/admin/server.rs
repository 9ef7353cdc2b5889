//! HTTP: few connections, each for one request, none for long.

use super::rounds::{Rounds, Silent};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{sleep, timeout};

/// Connections at a time. One more takes the place of the oldest that has not asked for anything.
const CONNECTIONS_MAX: usize = 16;

/// What a request, without its body, may have in all; bodies are not read.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Lines of it.
const HEADERS_MAX: usize = 64;

/// From the first byte of a request to the end of its head.
const HEAD_WITHIN: Duration = Duration::from_secs(5);

/// A whole connection: a reader who is slower than that reads no more.
const CONNECTION_WITHIN: Duration = Duration::from_secs(20);

/// Until the next try where the process has no descriptor left.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// The text format of Prometheus.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

const PLAIN: &str = "text/plain; charset=utf-8";

/// What there is, for whoever asks for nothing in particular.
const INDEX: &str = "\
/metrics  for Prometheus
/healthz  200 as long as every core answers
/readyz   200 while clients are served
";

type Answer = Response<Full<Bytes>>;

/// One per admin thread.
#[derive(Debug)]
pub(super) struct Server {
    rounds: Arc<Rounds>,
    open: VecDeque<Open>,
}

/// A connection.
#[derive(Debug)]
struct Open {
    task: JoinHandle<()>,
    /// Its request has come, and is being answered.
    has_asked: Arc<AtomicBool>,
}

impl Server {
    pub(super) fn new(rounds: Rounds) -> Server {
        Server { rounds: Arc::new(rounds), open: VecDeque::new() }
    }

    /// Serves for ever.
    pub(super) async fn run(mut self, listener: TcpListener) {
        loop {
            self.make_room().await;
            match listener.accept().await {
                Ok((stream, _)) => self.begin(stream),
                Err(_) => sleep(ACCEPT_AGAIN).await,
            }
            // Whoever has come in a crowd, and has asked already, is to be seen before the next one comes.
            yield_now().await;
            yield_now().await;
        }
    }

    /// Sees to it that one more connection may come.
    async fn make_room(&mut self) {
        self.open.retain(|open| !open.task.is_finished());
        if self.open.len() < CONNECTIONS_MAX {
            return;
        }
        let silent = self.open.iter().position(|open| !open.has_asked.load(Ordering::Relaxed));
        match silent.and_then(|at| self.open.remove(at)) {
            Some(silent) => silent.task.abort(),
            // All of them are being answered, which takes them no longer than they may take.
            None => {
                if let Some(oldest) = self.open.pop_front() {
                    let _ = oldest.task.await;
                }
            }
        }
    }

    fn begin(&mut self, stream: TcpStream) {
        let has_asked = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(converse(stream, self.rounds.clone(), has_asked.clone()));
        self.open.push_back(Open { task, has_asked });
    }
}

/// One connection. Whatever goes wrong on it ends it, and concerns nobody else.
async fn converse(stream: TcpStream, rounds: Arc<Rounds>, has_asked: Arc<AtomicBool>) {
    let service = service_fn(move |request: Request<Incoming>| {
        has_asked.store(true, Ordering::Relaxed);
        let rounds = rounds.clone();
        async move { Ok::<Answer, Infallible>(answer(&rounds, request.method(), request.uri().path()).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .keep_alive(false)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let _ = timeout(CONNECTION_WITHIN, connection).await;
}

/// What a request gets.
async fn answer(rounds: &Rounds, method: &Method, path: &str) -> Answer {
    if !matches!(path, "/" | "/metrics" | "/healthz" | "/readyz") {
        return respond(StatusCode::NOT_FOUND, PLAIN, format!("there is no such page; there are\n{INDEX}"));
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut refused = respond(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "only GET and HEAD\n");
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    match path {
        "/metrics" => match rounds.metrics().await {
            Ok(text) => respond(StatusCode::OK, EXPOSITION, text),
            Err(silent) => respond(StatusCode::SERVICE_UNAVAILABLE, PLAIN, tell(&silent)),
        },
        "/healthz" => match rounds.ask().await {
            Ok(_) => respond(StatusCode::OK, PLAIN, "ok\n"),
            Err(silent) => respond(StatusCode::SERVICE_UNAVAILABLE, PLAIN, tell(&silent)),
        },
        "/readyz" => readiness(rounds).await,
        _ => respond(StatusCode::OK, PLAIN, INDEX),
    }
}

async fn readiness(rounds: &Rounds) -> Answer {
    let not_yet = |why: String| respond(StatusCode::SERVICE_UNAVAILABLE, PLAIN, why);
    if !rounds.has_started() {
        return not_yet("starting: the logs are being opened\n".to_owned());
    }
    match rounds.ask().await {
        Ok(shards) if shards.iter().any(|shard| shard.is_closing) => not_yet("stopping\n".to_owned()),
        Ok(_) => respond(StatusCode::OK, PLAIN, "ready\n"),
        Err(silent) => not_yet(tell(&silent)),
    }
}

fn tell(silent: &Silent) -> String {
    let shards: Vec<String> = silent.0.iter().map(|shard| shard.0.to_string()).collect();
    format!("no answer from shard {}\n", shards.join(", "))
}

fn respond(status: StatusCode, kind: &'static str, text: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
