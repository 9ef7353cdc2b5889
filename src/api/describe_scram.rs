//! DescribeUserScramCredentials: which users could log in by SCRAM, as far as the metadata know any.

use super::authorize::Authorized;
use super::{BadRequest, decode};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::ErrorCode;
use loglane_net::message::describe_user_scram_credentials::{
    CredentialInfo, DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse,
    DescribeUserScramCredentialsResult,
};
use loglane_replication::record::ScramMechanism;
use loglane_ring::Io;
use std::collections::BTreeMap;

/// A user's credentials, or why they are not told.
type Outcome<'a> = Result<&'a [CredentialInfo], (ErrorCode, String)>;

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_user_scram_credentials(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DescribeUserScramCredentialsRequest<'_> = decode(call, body)?;
        let image = self.metadata.image.clone();
        let mut known: BTreeMap<&str, Vec<CredentialInfo>> = BTreeMap::new();
        for ((mechanism, user), credential) in image.scram.iter() {
            known
                .entry(user)
                .or_default()
                .push(CredentialInfo { mechanism: number_of(*mechanism), iterations: credential.iterations });
        }
        // How often each user is asked for; nobody named: everybody once.
        let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
        for user in request.users.iter().flat_map(|users| users.iter()) {
            *asked.entry(user.name).or_default() += 1;
        }
        if asked.is_empty() {
            asked = known.keys().map(|user| (*user, 1)).collect();
        }
        let outcomes: Vec<(&str, Outcome<'_>)> =
            asked.into_iter().map(|(user, count)| (user, outcome(user, count, &known))).collect();
        let results = outcomes.iter().map(|(user, outcome)| match outcome {
            Ok(infos) => DescribeUserScramCredentialsResult {
                user,
                error_message: None,
                credential_infos: (*infos).into(),
                ..DescribeUserScramCredentialsResult::default()
            },
            Err((error, text)) => DescribeUserScramCredentialsResult {
                user,
                error_code: error.to_i16(),
                error_message: Some(text),
                ..DescribeUserScramCredentialsResult::default()
            },
        });
        let response = DescribeUserScramCredentialsResponse {
            results: results.collect(),
            ..DescribeUserScramCredentialsResponse::default()
        };
        self.answer(call, &response);
        Ok(())
    }
}

/// How answers number the mechanisms.
fn number_of(mechanism: ScramMechanism) -> i8 {
    match mechanism {
        ScramMechanism::Sha256 => 1,
        ScramMechanism::Sha512 => 2,
    }
}

/// The credentials of a user who was asked for so many times; the sentences are Kafka's.
fn outcome<'a>(user: &str, count: usize, known: &'a BTreeMap<&str, Vec<CredentialInfo>>) -> Outcome<'a> {
    if count > 1 {
        let text =
            format!("Cannot describe SCRAM credentials for the same user twice in a single request: {user}");
        return Err((ErrorCode::DuplicateResource, text));
    }
    let infos = known.get(user).map(Vec::as_slice);
    infos.ok_or_else(|| {
        let text = format!("Attempt to describe a user credential that does not exist: {user}");
        (ErrorCode::ResourceNotFound, text)
    })
}
