// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ListTransactions (66).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `ListTransactionsRequest`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ListTransactionsRequest<'a> {
    /// Array of string.
    pub state_filters: Array<'a, &'a str>,
    /// Array of int64.
    pub producer_id_filters: Array<'a, i64>,
    /// Int64, versions 1 and up, −1 by default.
    pub duration_filter: i64,
    /// String, versions 2 and up, nullable, null by default.
    pub transactional_id_pattern: Option<&'a str>,
}

impl Default for ListTransactionsRequest<'_> {
    fn default() -> Self {
        Self {
            state_filters: Array::default(),
            producer_id_filters: Array::default(),
            duration_filter: -1,
            transactional_id_pattern: None,
        }
    }
}

impl<'a> Element<'a> for ListTransactionsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let state_filters = Array::read(reader, format)?;
        let producer_id_filters = Array::read(reader, format)?;
        let duration_filter = if format.version >= 1 { reader.int64()? } else { -1 };
        let transactional_id_pattern =
            if format.version >= 2 { reader.nullable_string(format)? } else { None };
        reader.skip_tagged_fields(format)?;
        Ok(Self { state_filters, producer_id_filters, duration_filter, transactional_id_pattern })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.state_filters.write(out, format)?;
        self.producer_id_filters.write(out, format)?;
        if format.version >= 1 {
            put::int64(out, self.duration_filter);
        } else {
            put::absent(self.duration_filter == -1, "ListTransactionsRequest.duration_filter", format)?;
        }
        if format.version >= 2 {
            put::nullable_string(out, self.transactional_id_pattern, format)?;
        } else {
            put::absent(
                self.transactional_id_pattern.is_none(),
                "ListTransactionsRequest.transactional_id_pattern",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ListTransactionsRequest<'a> {
    const NAME: &'static str = "ListTransactionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for ListTransactionsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ListTransactions;
}

/// Kafka's `ListTransactionsResponse`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListTransactionsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Array of string.
    pub unknown_state_filters: Array<'a, &'a str>,
    /// Array of [`TransactionState`].
    pub transaction_states: Array<'a, TransactionState<'a>>,
}

impl<'a> Element<'a> for ListTransactionsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let unknown_state_filters = Array::read(reader, format)?;
        let transaction_states = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, unknown_state_filters, transaction_states })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        self.unknown_state_filters.write(out, format)?;
        self.transaction_states.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ListTransactionsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TransactionState<'a> {
    /// String.
    pub transactional_id: &'a str,
    /// Int64.
    pub producer_id: i64,
    /// String.
    pub transaction_state: &'a str,
}

impl<'a> Element<'a> for TransactionState<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactional_id = reader.string(format)?;
        let producer_id = reader.int64()?;
        let transaction_state = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { transactional_id, producer_id, transaction_state })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.transactional_id, format)?;
        put::int64(out, self.producer_id);
        put::string(out, self.transaction_state, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ListTransactionsResponse<'a> {
    const NAME: &'static str = "ListTransactionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for ListTransactionsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ListTransactions;
}
