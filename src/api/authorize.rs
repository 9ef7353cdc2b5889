//! The one step between a request's header and its handler.
//!
//! A handler takes an [`Authorized`], which only this file can make: no request can reach one without having
//! passed here. Without an authorizer in the configuration everybody may do everything, as in Kafka; what cannot
//! be configured yet is refused at start, so that nobody runs open by mistake.

use super::{BadRequest, Call};

/// The proof that a request may be handled.
#[derive(Debug)]
pub(crate) struct Authorized {
    call: Call,
}

impl Authorized {
    pub(crate) fn call(&self) -> Call {
        self.call
    }
}

/// Lets a request pass, or says why not.
pub(super) fn authorize(call: Call) -> Result<Authorized, BadRequest> {
    Ok(Authorized { call })
}
