// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API WriteTxnMarkers (27).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `WriteTxnMarkersRequest`, versions 1 to 2, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteTxnMarkersRequest<'a> {
    /// Array of [`WritableTxnMarker`].
    pub markers: Array<'a, WritableTxnMarker<'a>>,
}

impl<'a> Element<'a> for WriteTxnMarkersRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let markers = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { markers })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.markers.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`WriteTxnMarkersRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritableTxnMarker<'a> {
    /// Int64.
    pub producer_id: i64,
    /// Int16.
    pub producer_epoch: i16,
    /// Bool.
    pub transaction_result: bool,
    /// Array of [`WritableTxnMarkerTopic`].
    pub topics: Array<'a, WritableTxnMarkerTopic<'a>>,
    /// Int32.
    pub coordinator_epoch: i32,
    /// Int8, versions 2 and up.
    pub transaction_version: i8,
}

impl<'a> Element<'a> for WritableTxnMarker<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let producer_id = reader.int64()?;
        let producer_epoch = reader.int16()?;
        let transaction_result = reader.bool()?;
        let topics = Array::read(reader, format)?;
        let coordinator_epoch = reader.int32()?;
        let transaction_version = if format.version >= 2 { reader.int8()? } else { 0 };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            producer_id,
            producer_epoch,
            transaction_result,
            topics,
            coordinator_epoch,
            transaction_version,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.producer_id);
        put::int16(out, self.producer_epoch);
        put::bool(out, self.transaction_result);
        self.topics.write(out, format)?;
        put::int32(out, self.coordinator_epoch);
        if format.version >= 2 {
            put::int8(out, self.transaction_version);
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`WriteTxnMarkersRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritableTxnMarkerTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of int32.
    pub partition_indexes: Array<'a, i32>,
}

impl<'a> Element<'a> for WritableTxnMarkerTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partition_indexes = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partition_indexes })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partition_indexes.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for WriteTxnMarkersRequest<'a> {
    const NAME: &'static str = "WriteTxnMarkersRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 1;
}

impl<'a> Request<'a> for WriteTxnMarkersRequest<'a> {
    const API_KEY: ApiKey = ApiKey::WriteTxnMarkers;
}

/// Kafka's `WriteTxnMarkersResponse`, versions 1 to 2, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteTxnMarkersResponse<'a> {
    /// Array of [`WritableTxnMarkerResult`].
    pub markers: Array<'a, WritableTxnMarkerResult<'a>>,
}

impl<'a> Element<'a> for WriteTxnMarkersResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let markers = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { markers })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.markers.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`WriteTxnMarkersResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritableTxnMarkerResult<'a> {
    /// Int64.
    pub producer_id: i64,
    /// Array of [`WritableTxnMarkerTopicResult`].
    pub topics: Array<'a, WritableTxnMarkerTopicResult<'a>>,
}

impl<'a> Element<'a> for WritableTxnMarkerResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let producer_id = reader.int64()?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { producer_id, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.producer_id);
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`WriteTxnMarkersResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritableTxnMarkerTopicResult<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`WritableTxnMarkerPartitionResult`].
    pub partitions: Array<'a, WritableTxnMarkerPartitionResult>,
}

impl<'a> Element<'a> for WritableTxnMarkerTopicResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`WriteTxnMarkersResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritableTxnMarkerPartitionResult {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
}

impl Element<'_> for WritableTxnMarkerPartitionResult {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for WriteTxnMarkersResponse<'a> {
    const NAME: &'static str = "WriteTxnMarkersResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 1;
}

impl<'a> Response<'a> for WriteTxnMarkersResponse<'a> {
    const API_KEY: ApiKey = ApiKey::WriteTxnMarkers;
}
