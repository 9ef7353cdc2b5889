//! Where a partition's leader is now, in the responses that tell clients so (KIP-951).

use crate::put;
use crate::wire::Format;

/// The leader that a broker knows of, sent with NOT_LEADER_OR_FOLLOWER and FENCED_LEADER_EPOCH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentLeader {
    /// Its node id; −1 for none.
    pub leader_id: i32,
    /// The epoch of its leadership.
    pub leader_epoch: i32,
}

/// How to reach a leader that a response names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeEndpoint<'a> {
    /// The node id.
    pub node_id: i32,
    /// As advertised on the listener that the request came in by.
    pub host: &'a str,
    /// As advertised.
    pub port: i32,
    /// The node's rack.
    pub rack: Option<&'a str>,
}

impl CurrentLeader {
    #[inline]
    pub(crate) fn write_tagged(self, out: &mut Vec<u8>, tag: u32, format: Format) {
        put::tagged_field(out, tag, |out| {
            put::int32(out, self.leader_id);
            put::int32(out, self.leader_epoch);
            put::no_tagged_fields(out, format);
            Ok(())
        })
        .expect("two numbers fit");
    }
}

/// Ends a response body whose only tagged field is 0, the endpoints, which came with version `from`.
pub(crate) fn write_endpoints(out: &mut Vec<u8>, endpoints: &[NodeEndpoint<'_>], format: Format, from: i16) {
    if !format.flexible {
        return;
    }
    if endpoints.is_empty() || format.version < from {
        put::unsigned_varint(out, 0);
        return;
    }
    put::unsigned_varint(out, 1);
    put::tagged_field(out, 0, |out| {
        put::count(out, endpoints.len(), format)?;
        for endpoint in endpoints {
            put::int32(out, endpoint.node_id);
            put::string(out, endpoint.host, format)?;
            put::int32(out, endpoint.port);
            put::nullable_string(out, endpoint.rack, format)?;
            put::no_tagged_fields(out, format);
        }
        Ok(())
    })
    .expect("host names and racks are short");
}
