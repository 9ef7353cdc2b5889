//! UpdateFeatures: other levels for finalized features.

use super::authorize::Authorized;
use super::control::{Asked, error_text};
use super::versions::supported_features;
use super::{BadRequest, Call, decode};
use crate::control::{ControlRequest, ControlTicket};
use crate::controller::{FeatureDirection, FeatureUpdateRefusal};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::ErrorCode;
use loglane_net::message::update_features::{
    UpdatableFeatureResult, UpdateFeaturesRequest, UpdateFeaturesResponse,
};
use loglane_ring::Io;
use std::collections::BTreeMap;

/// The first version whose answer does not name each feature.
const FIRST_WITHOUT_RESULTS: i16 = 2;

/// What the answer needs of the request: the names of the features.
#[derive(Debug)]
pub(crate) struct AskedFeatures(Vec<String>);

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_update_features(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: UpdateFeaturesRequest<'_> = decode(call, body)?;
        let mut updates = BTreeMap::new();
        let mut names = Vec::new();
        for update in request.feature_updates.iter() {
            let direction = match update.upgrade_type {
                1 => FeatureDirection::Upgrade,
                2 => FeatureDirection::SafeDowngrade,
                3 => FeatureDirection::UnsafeDowngrade,
                _ => FeatureDirection::Unknown,
            };
            names.push(update.feature.to_owned());
            updates.insert(update.feature.to_owned(), (update.max_version_level, direction));
        }
        let waiting = self.wait_for_control(call, Asked::Features(AskedFeatures(names)));
        let change = ControlRequest::UpdateFeatures {
            updates,
            supported: supported_features(),
            validate_only: request.validate_only,
        };
        self.control(ControlTicket::Request { shard: self.id, request: waiting }, change);
        Ok(())
    }

    pub(super) fn answer_update_features(
        &mut self,
        call: Call,
        asked: &AskedFeatures,
        result: Result<(), FeatureUpdateRefusal>,
    ) {
        let text = result.as_ref().err().map(error_text);
        let names = if call.version < FIRST_WITHOUT_RESULTS && result.is_ok() { &asked.0[..] } else { &[] };
        let results = names.iter().map(|feature| UpdatableFeatureResult {
            feature,
            error_code: ErrorCode::None.to_i16(),
            error_message: Some("NONE"),
        });
        let error = if result.is_ok() { ErrorCode::None } else { ErrorCode::InvalidUpdateVersion };
        let response = UpdateFeaturesResponse {
            throttle_time_ms: 0,
            error_code: error.to_i16(),
            error_message: text.as_deref(),
            results: results.collect(),
        };
        self.answer(call, &response);
    }
}
