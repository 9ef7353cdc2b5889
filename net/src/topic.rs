//! How requests name topics: by name in older versions, by id since Produce and Fetch 13 (KIP-516).

use crate::put;
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;
use std::fmt;

/// A topic as a request names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TopicRef<'a> {
    /// By name. Nothing but UTF-8 and length was checked.
    Name(&'a str),
    /// By id, which may be zero.
    Id(TopicId),
}

impl<'a> TopicRef<'a> {
    #[inline]
    pub(crate) fn read(
        reader: &mut Reader<'a>,
        format: Format,
        first_with_id: i16,
    ) -> Result<TopicRef<'a>, DecodeError> {
        if format.version >= first_with_id {
            reader.uuid().map(TopicRef::Id)
        } else {
            reader.string(format).map(TopicRef::Name)
        }
    }

    /// Panics where the version wants the other way of naming: a response names topics as its request did.
    #[inline]
    pub(crate) fn write(self, out: &mut Vec<u8>, format: Format, first_with_id: i16) {
        match self {
            TopicRef::Name(name) => {
                assert!(format.version < first_with_id, "the version names topics by id");
                put::string(out, name, format).expect("topic names are short");
            }
            TopicRef::Id(id) => {
                assert!(format.version >= first_with_id, "the version names topics by name");
                put::uuid(out, id);
            }
        }
    }
}

impl fmt::Display for TopicRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TopicRef::Name(name) => f.write_str(name),
            TopicRef::Id(id) => id.fmt(f),
        }
    }
}
