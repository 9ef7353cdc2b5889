//! A connection that asks one thing at a time and waits: topics, leaders, producer ids, offsets, groups. Load goes another
//! way.

pub mod group;
mod topics;

pub use topics::TopicTerms;

use crate::layout::{Layout, Node, Topic};
use loglane_model::TopicId;
use loglane_net::message::api_versions::{ApiVersionsRequest, ApiVersionsResponse};
use loglane_net::message::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
use loglane_net::message::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopic,
};
use loglane_net::message::metadata::{MetadataRequest, MetadataRequestTopic, MetadataResponse};
use loglane_net::{ApiKey, DecodeError, EncodeError, ErrorCode, Message, Reader, Request, Response};
use loglane_net::{frame, header};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};
use std::{fmt, io};

/// What we call ourselves.
pub const CLIENT_ID: &str = "loglane-bench";

/// No answer to these requests is larger.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// How long an answer is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the leader of a partition may take to find out that it is.
const SETTLED_WITHIN: Duration = Duration::from_secs(5);

/// How long a connection may take to come about.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a question has no answer.
#[derive(Debug)]
pub enum ClientError {
    /// Nobody can be reached at the address.
    Connect {
        /// Where.
        address: String,
        /// What the system says.
        error: io::Error,
    },
    /// The connection broke, or the answer did not come in time.
    Broken(io::Error),
    /// The answer is not one.
    Malformed(DecodeError),
    /// The question cannot be put in the versions that the broker has.
    Version(ApiKey),
    /// The broker refuses.
    Refused {
        /// What was asked.
        what: String,
        /// The code in the answer.
        code: ErrorCode,
        /// What the broker says about it.
        message: String,
    },
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Connect { address, error } => write!(f, "cannot connect to {address}: {error}"),
            ClientError::Broken(error) => write!(f, "the connection broke: {error}"),
            ClientError::Malformed(error) => write!(f, "the broker's answer cannot be read: {error}"),
            ClientError::Version(api) => write!(f, "the broker has no version of {} that fits", api.name()),
            ClientError::Refused { what, code, message } => {
                write!(f, "{what}: {}: {message}", code.name())
            }
        }
    }
}

impl std::error::Error for ClientError {}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> ClientError {
        ClientError::Broken(error)
    }
}

impl From<DecodeError> for ClientError {
    fn from(error: DecodeError) -> ClientError {
        ClientError::Malformed(error)
    }
}

/// Which versions a broker has: for each API by number the last one that both sides know.
#[derive(Debug, Clone, Default)]
pub struct Versions(Vec<(i16, i16, i16)>);

impl Versions {
    /// The last version of an API that both sides know, and that is at most `most`.
    ///
    /// # Errors
    /// There is none.
    pub fn of(&self, api: ApiKey, most: i16) -> Result<i16, ClientError> {
        let known = api.versions();
        let (_, min, max) =
            self.0.iter().find(|(key, ..)| *key == api.to_i16()).ok_or(ClientError::Version(api))?;
        let version = known.max.min(*max).min(most);
        if version >= known.min.max(*min) { Ok(version) } else { Err(ClientError::Version(api)) }
    }
}

/// A connection to one broker.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    versions: Versions,
    correlation_id: i32,
}

/// Connects to the first address behind `host:port` that answers.
///
/// # Errors
/// None does, or the name is not known.
pub fn connect(address: &str, timeout: Duration) -> Result<TcpStream, ClientError> {
    let failed = |error| ClientError::Connect { address: address.to_owned(), error };
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for candidate in address.to_socket_addrs().map_err(failed)? {
        match TcpStream::connect_timeout(&candidate, timeout) {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(failed)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(failed(last))
}

impl Client {
    /// Connects to the first broker of a comma-separated list that answers, and asks for its versions.
    ///
    /// # Errors
    /// None of them answers.
    pub fn open(bootstrap: &str) -> Result<Client, ClientError> {
        let mut failure = None;
        for address in bootstrap.split(',').map(str::trim).filter(|address| !address.is_empty()) {
            match Client::open_one(address) {
                Ok(client) => return Ok(client),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| ClientError::Connect {
            address: bootstrap.to_owned(),
            error: io::Error::new(io::ErrorKind::InvalidInput, "no address was given"),
        }))
    }

    fn open_one(address: &str) -> Result<Client, ClientError> {
        let stream = connect(address, CONNECT_TIMEOUT)?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        let mut client = Client { stream, versions: Versions::default(), correlation_id: 0 };
        let request = ApiVersionsRequest {
            client_software_name: CLIENT_ID,
            client_software_version: env!("CARGO_PKG_VERSION"),
        };
        let mut version = 3;
        let mut body = client.exchange(&request, version)?;
        // A broker that does not know the version answers in version 0.
        if body.first_chunk::<2>() == Some(&ErrorCode::UnsupportedVersion.to_i16().to_be_bytes()) {
            version = 0;
            body = client.exchange(&ApiVersionsRequest::default(), version)?;
        }
        let response = ApiVersionsResponse::decode(&mut Reader::new(&body), version)?;
        refuse("the versions of the broker", response.error_code, None)?;
        let versions = response.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version));
        client.versions = Versions(versions.collect());
        Ok(client)
    }

    /// What the broker said that it has.
    #[must_use]
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// The body of the answer to `request`.
    fn exchange<'a, R: Request<'a>>(&mut self, request: &R, version: i16) -> Result<Vec<u8>, ClientError> {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let mut out = Vec::new();
        header::encode_request(&mut out, version, self.correlation_id, Some(CLIENT_ID), request)
            .map_err(|error: EncodeError| ClientError::Broken(io::Error::other(error)))?;
        self.stream.write_all(&out)?;
        let mut length = [0; frame::LENGTH_BYTES];
        self.stream.read_exact(&mut length)?;
        let bytes = frame::body_bytes(&length, ANSWER_BYTES_MAX).map_err(io::Error::other)?;
        let mut body = Vec::new();
        let read = (&mut self.stream).take(bytes.unwrap_or(0) as u64).read_to_end(&mut body)?;
        if Some(read) != bytes {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let mut reader = Reader::new(&body);
        header::decode_response_header(&mut reader, R::API_KEY, version)?;
        let start = reader.position();
        Ok(body.split_off(start))
    }

    fn ask<'a, R: Request<'a>>(&mut self, request: &R, most: i16) -> Result<(i16, Vec<u8>), ClientError> {
        let version = self.versions.of(R::API_KEY, most)?;
        self.exchange(request, version).map(|body| (version, body))
    }

    /// Who leads what, of these topics.
    ///
    /// # Errors
    /// A topic is not there, or the broker does not answer.
    pub fn layout(&mut self, topics: &[String]) -> Result<Layout, ClientError> {
        let names: Vec<_> = topics
            .iter()
            .map(|name| MetadataRequestTopic { name: Some(name), topic_id: TopicId::ZERO })
            .collect();
        let request = MetadataRequest { topics: Some(names.into()), ..MetadataRequest::default() };
        let (version, body) = self.ask(&request, 12)?;
        let response = decode::<MetadataResponse<'_>>(&body, version)?;
        let nodes: Vec<Node> = response
            .brokers
            .iter()
            .map(|broker| Node { id: broker.node_id, address: address_text(broker.host, broker.port) })
            .collect();
        // By name: thousands of topics are looked up among thousands.
        let answered: HashMap<_, _> = response.topics.iter().map(|topic| (topic.name, topic)).collect();
        let mut found = Vec::new();
        for wanted in topics {
            let topic = answered.get(&Some(wanted.as_str()));
            let topic = topic.ok_or(ClientError::Malformed(DecodeError::Truncated))?;
            refuse(&format!("topic {wanted}"), topic.error_code, None)?;
            let mut leaders = vec![None; topic.partitions.len()];
            for partition in topic.partitions.iter() {
                let place = usize::try_from(partition.partition_index).unwrap_or(usize::MAX);
                if let Some(leader) = leaders.get_mut(place) {
                    *leader = nodes.iter().position(|node| node.id == partition.leader_id);
                }
            }
            found.push(Topic { name: wanted.clone(), id: topic.topic_id, leaders });
        }
        Ok(Layout::new(nodes, found))
    }

    /// An id for an idempotent producer, and its epoch. A broker that has just started may need a moment.
    ///
    /// # Errors
    /// The broker refuses, or does not answer.
    pub fn producer_id(&mut self) -> Result<(i64, i16), ClientError> {
        let request = InitProducerIdRequest { transactional_id: None, ..Default::default() };
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        loop {
            let (version, body) = self.ask(&request, 4)?;
            let response = decode::<InitProducerIdResponse>(&body, version)?;
            match refuse("no producer id", response.error_code, None) {
                Ok(()) => return Ok((response.producer_id, response.producer_epoch)),
                Err(ClientError::Refused { code, .. })
                    if code.is_retriable() && Instant::now() < deadline =>
                {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// As [`Client::offsets`], for partitions that the broker may have to find out first that it leads: it says who leads
    /// a new topic before the one who does knows it.
    fn settled_offsets(
        &mut self,
        topic: &str,
        partitions: &[i32],
        timestamp: i64,
    ) -> Result<Vec<(i32, i64)>, ClientError> {
        let deadline = Instant::now() + SETTLED_WITHIN;
        loop {
            match self.offsets(topic, partitions, timestamp) {
                Err(ClientError::Refused { code, .. })
                    if code.is_retriable() && Instant::now() < deadline =>
                {
                    std::thread::sleep(Duration::from_millis(20));
                }
                result => return result,
            }
        }
    }

    /// The offsets at `timestamp` (−1 the end, −2 the beginning) of partitions that this broker leads.
    ///
    /// # Errors
    /// The broker refuses one of them, or does not answer.
    pub fn offsets(
        &mut self,
        topic: &str,
        partitions: &[i32],
        timestamp: i64,
    ) -> Result<Vec<(i32, i64)>, ClientError> {
        let partitions: Vec<_> = partitions
            .iter()
            .map(|partition| ListOffsetsPartition {
                partition_index: *partition,
                current_leader_epoch: -1,
                timestamp,
            })
            .collect();
        let request = ListOffsetsRequest {
            replica_id: -1,
            topics: [ListOffsetsTopic { name: topic, partitions: partitions.into() }].into(),
            ..Default::default()
        };
        let (version, body) = self.ask(&request, 6)?;
        let response = decode::<ListOffsetsResponse<'_>>(&body, version)?;
        let mut found = Vec::new();
        for topic_answer in response.topics.iter() {
            for answer in topic_answer.partitions.iter() {
                refuse(&format!("offsets of {topic}-{}", answer.partition_index), answer.error_code, None)?;
                found.push((answer.partition_index, answer.offset));
            }
        }
        Ok(found)
    }
}

fn decode<'a, R: Response<'a>>(body: &'a [u8], version: i16) -> Result<R, ClientError> {
    Ok(R::decode(&mut Reader::new(body), version)?)
}

/// `host:port`, with brackets where the host is an IPv6 address.
fn address_text(host: &str, port: i32) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn refuse(what: &str, code: i16, message: Option<&str>) -> Result<(), ClientError> {
    let code = ErrorCode::from_i16(code).unwrap_or(ErrorCode::UnknownServerError);
    if code == ErrorCode::None {
        return Ok(());
    }
    let message = message.unwrap_or(code.message()).to_owned();
    Err(ClientError::Refused { what: what.to_owned(), code, message })
}

/// Asks the leaders of all partitions for offsets; in the order of [`Layout::places`].
///
/// # Errors
/// A leader refuses or does not answer.
pub fn all_offsets(layout: &Layout, timestamp: i64) -> Result<Vec<i64>, ClientError> {
    let mut offsets = vec![0; layout.places().len()];
    for (node_index, node) in layout.nodes().iter().enumerate() {
        let mut client: Option<Client> = None;
        for (topic_index, topic) in layout.topics().iter().enumerate() {
            let led: Vec<i32> = (0..)
                .zip(&topic.leaders)
                .filter(|(_, leader)| **leader == Some(node_index))
                .map(|(partition, _)| partition)
                .collect();
            if led.is_empty() {
                continue;
            }
            let client = match &mut client {
                Some(client) => client,
                None => client.insert(Client::open(&node.address)?),
            };
            for (partition, offset) in client.settled_offsets(&topic.name, &led, timestamp)? {
                if let Some(place) = layout.place_of(topic_index, partition) {
                    offsets[place] = offset;
                }
            }
        }
    }
    Ok(offsets)
}
