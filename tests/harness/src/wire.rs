//! Kafka's wire format by hand: messages built and read field by field, and a connection that can also send what no
//! decent client would.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A request body, or any other run of fields, built in order.
#[derive(Debug, Default, Clone)]
pub struct Message(Vec<u8>);

impl Message {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Message {
        Message::default()
    }

    /// The bytes so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Appends bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Message {
        self.0.extend_from_slice(bytes);
        self
    }

    /// INT8.
    #[must_use]
    pub fn i8(self, value: i8) -> Message {
        self.raw(&value.to_be_bytes())
    }

    /// INT16.
    #[must_use]
    pub fn i16(self, value: i16) -> Message {
        self.raw(&value.to_be_bytes())
    }

    /// INT32; also the length of an array.
    #[must_use]
    pub fn i32(self, value: i32) -> Message {
        self.raw(&value.to_be_bytes())
    }

    /// INT64.
    #[must_use]
    pub fn i64(self, value: i64) -> Message {
        self.raw(&value.to_be_bytes())
    }

    /// UNSIGNED_VARINT.
    #[must_use]
    pub fn uvarint(mut self, mut value: u32) -> Message {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
        self
    }

    /// STRING.
    #[must_use]
    pub fn string(self, value: &str) -> Message {
        let length = i16::try_from(value.len()).expect("a string of a test is short");
        self.i16(length).raw(value.as_bytes())
    }

    /// NULLABLE_STRING that is null.
    #[must_use]
    pub fn null_string(self) -> Message {
        self.i16(-1)
    }

    /// BYTES.
    #[must_use]
    pub fn blob(self, value: &[u8]) -> Message {
        let length = i32::try_from(value.len()).expect("bytes of a test are few");
        self.i32(length).raw(value)
    }

    /// COMPACT_STRING.
    #[must_use]
    pub fn compact_string(self, value: &str) -> Message {
        let length = u32::try_from(value.len()).expect("a string of a test is short");
        self.uvarint(length + 1).raw(value.as_bytes())
    }

    /// The length of a COMPACT_ARRAY.
    #[must_use]
    pub fn compact_count(self, count: u32) -> Message {
        self.uvarint(count + 1)
    }

    /// COMPACT_NULLABLE_STRING, COMPACT_BYTES or COMPACT_ARRAY that is null.
    #[must_use]
    pub fn compact_null(self) -> Message {
        self.uvarint(0)
    }

    /// COMPACT_BYTES.
    #[must_use]
    pub fn compact_blob(self, value: &[u8]) -> Message {
        let length = u32::try_from(value.len()).expect("bytes of a test are few");
        self.compact_count(length).raw(value)
    }

    /// No tagged fields.
    #[must_use]
    pub fn no_tags(self) -> Message {
        self.uvarint(0)
    }
}

/// A field that should have been there is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short;

/// A response body, read in order.
#[derive(Debug, Clone)]
pub struct Answer {
    bytes: Vec<u8>,
    at: usize,
}

impl Answer {
    /// Reads from the first byte of `bytes`.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Answer {
        Answer { bytes, at: 0 }
    }

    /// Bytes not read yet.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// Where they are not there; as in every method here.
    pub fn take(&mut self, count: usize) -> Result<&[u8], Short> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len()).ok_or(Short)?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        Ok(self.take(N)?.try_into().expect("as many as asked for"))
    }

    /// INT8.
    pub fn i8(&mut self) -> Result<i8, Short> {
        Ok(i8::from_be_bytes(self.array()?))
    }

    /// INT16.
    pub fn i16(&mut self) -> Result<i16, Short> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    /// INT32.
    pub fn i32(&mut self) -> Result<i32, Short> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// INT64.
    pub fn i64(&mut self) -> Result<i64, Short> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// UNSIGNED_VARINT.
    pub fn uvarint(&mut self) -> Result<u32, Short> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.i8()?.cast_unsigned();
            value |= u32::from(byte & 0x7f).checked_shl(shift).ok_or(Short)?;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Short)
    }

    /// The length of a COMPACT_ARRAY, or of compact bytes; null counts as empty.
    pub fn compact_count(&mut self) -> Result<usize, Short> {
        Ok(usize::try_from(self.uvarint()?).expect("32 bits fit").saturating_sub(1))
    }

    /// COMPACT_STRING; a null one reads as empty.
    pub fn compact_string(&mut self) -> Result<String, Short> {
        let length = self.compact_count()?;
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| Short)
    }

    /// Tagged fields, read over; how many there were.
    pub fn tags(&mut self) -> Result<usize, Short> {
        let count = self.uvarint()?;
        for _ in 0..count {
            let _tag = self.uvarint()?;
            let length = self.uvarint()?;
            self.take(usize::try_from(length).expect("32 bits fit"))?;
        }
        Ok(usize::try_from(count).expect("32 bits fit"))
    }

    /// The length of an ARRAY; a null array counts as empty.
    pub fn count(&mut self) -> Result<usize, Short> {
        Ok(usize::try_from(self.i32()?).unwrap_or(0))
    }

    /// STRING; a null one reads as empty.
    pub fn string(&mut self) -> Result<String, Short> {
        let length = usize::try_from(self.i16()?).unwrap_or(0);
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| Short)
    }

    /// BYTES; null reads as empty.
    pub fn blob(&mut self) -> Result<Vec<u8>, Short> {
        let length = usize::try_from(self.i32()?).unwrap_or(0);
        Ok(self.take(length)?.to_vec())
    }
}

/// Which API and which version of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Api {
    /// The API's key.
    pub key: i16,
    /// The version of the request.
    pub version: i16,
}

/// A connection to a broker, without any state of a client.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    correlation: i32,
}

/// The name by which the raw client goes.
pub const CLIENT_ID: &str = "proof";

/// How long an answer may take.
const ANSWER_WITHIN: Duration = crate::LONG;

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn open(address: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect_timeout(&address, crate::LONG)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        stream.set_write_timeout(Some(ANSWER_WITHIN))?;
        Ok(Connection { stream, correlation: 0 })
    }

    /// The header of a request: version 1, or 2 (with tags) where `flexible`.
    #[must_use]
    pub fn header(api: Api, correlation: i32, flexible: bool) -> Message {
        let header = Message::new().i16(api.key).i16(api.version).i32(correlation).string(CLIENT_ID);
        if flexible { header.no_tags() } else { header }
    }

    /// Sends a request with the header of its old, inflexible versions; returns the correlation id.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn send(&mut self, api: Api, body: &Message) -> io::Result<i32> {
        self.send_as(api, body, false)
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn send_as(&mut self, api: Api, body: &Message, flexible: bool) -> io::Result<i32> {
        self.correlation += 1;
        let frame = Connection::header(api, self.correlation, flexible).raw(body.bytes());
        self.send_raw(Message::new().blob(frame.bytes()).bytes())?;
        Ok(self.correlation)
    }

    /// Sends bytes as they are, without a length before them.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next answer: correlation id, and what follows it.
    ///
    /// # Errors
    /// Those of the socket; `UnexpectedEof` when the broker has closed, `WouldBlock` when nothing came in time.
    pub fn receive(&mut self) -> io::Result<(i32, Answer)> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = usize::try_from(i32::from_be_bytes(length)).map_err(|_| io::ErrorKind::InvalidData)?;
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        let mut answer = Answer::new(bytes);
        let correlation = answer.i32().map_err(|Short| io::ErrorKind::InvalidData)?;
        Ok((correlation, answer))
    }

    /// Sends and waits for the answer.
    ///
    /// # Errors
    /// Those of the socket, and `InvalidData` for the answer to something else.
    pub fn call(&mut self, api: Api, body: &Message) -> io::Result<Answer> {
        let sent = self.send(api, body)?;
        let (correlation, answer) = self.receive()?;
        if correlation == sent { Ok(answer) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Says that nothing more will be sent.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn end_sending(&mut self) -> io::Result<()> {
        self.stream.shutdown(std::net::Shutdown::Write)
    }

    /// Answers must come within this time from now on.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn answer_within(&mut self, limit: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(limit))
    }

    /// Another handle of the same connection, to receive on one thread and send on another.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn split(&self) -> io::Result<Connection> {
        Ok(Connection { stream: self.stream.try_clone()?, correlation: self.correlation })
    }
}
