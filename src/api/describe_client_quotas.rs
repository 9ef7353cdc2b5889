//! DescribeClientQuotas: the quotas that the metadata know. Nothing here enforces one yet.

use super::authorize::Authorized;
use super::control::error_text;
use super::{BadRequest, decode};
use crate::shard::Shard;
use crate::shard::mail::Mail;
use loglane_net::ErrorCode;
use loglane_net::message::describe_client_quotas::{
    ComponentData, DescribeClientQuotasRequest, DescribeClientQuotasResponse, EntityData, EntryData,
    ValueData,
};
use loglane_replication::record::EntityPart;
use loglane_ring::Io;
use std::fmt;

/// What quotas apply to.
const USER: &str = "user";
const CLIENT_ID: &str = "client-id";
const IP: &str = "ip";

/// How a filter compares, as requests number it.
const EXACT: i8 = 0;
const DEFAULT: i8 = 1;
const ANY: i8 = 2;

/// What one kind of entity has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted<'a> {
    /// This name; `None`: the default.
    Name(Option<&'a str>),
    Any,
}

/// Why a filter makes no sense; the texts are Kafka's.
#[derive(Debug, PartialEq, Eq)]
enum BadFilter<'a> {
    EmptyKind,
    Repeated(&'a str),
    /// UNSUPPORTED_VERSION; all others INVALID_REQUEST.
    UnknownKind(&'a str),
    ExactWithoutName,
    NameBeside(&'static str),
    UnknownMatch(i8),
    IpBesideOthers,
}

impl fmt::Display for BadFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadFilter::EmptyKind => f.write_str("Invalid empty entity type."),
            BadFilter::Repeated(kind) => {
                write!(f, "Entity type {kind} cannot appear more than once in the filter.")
            }
            BadFilter::UnknownKind(kind) => write!(f, "Unsupported entity type {kind}"),
            BadFilter::ExactWithoutName => {
                f.write_str("Request specified MATCH_TYPE_EXACT, but set match string to null.")
            }
            BadFilter::NameBeside(kind) => {
                write!(f, "Request specified {kind}, but also specified a match string.")
            }
            BadFilter::UnknownMatch(kind) => write!(f, "Unknown match type {kind}"),
            BadFilter::IpBesideOthers => f.write_str(
                "Invalid entity filter component combination. IP filter component should not be used with user or \
                 clientId filter component.",
            ),
        }
    }
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_client_quotas(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DescribeClientQuotasRequest<'_> = decode(call, body)?;
        let components: Vec<_> = request.components.iter().collect();
        let filter = match filter(&components) {
            Ok(filter) => filter,
            Err(bad) => {
                let error = match bad {
                    BadFilter::UnknownKind(_) => ErrorCode::UnsupportedVersion,
                    _ => ErrorCode::InvalidRequest,
                };
                let response = DescribeClientQuotasResponse {
                    error_code: error.to_i16(),
                    error_message: Some(&error_text(&bad)),
                    entries: None,
                    ..DescribeClientQuotasResponse::default()
                };
                self.answer(call, &response);
                return Ok(());
            }
        };
        let image = self.metadata.image.clone();
        let matching =
            image.client_quotas.iter().filter(|(entity, _)| matches(entity, &filter, request.strict));
        let entries = matching.map(|(entity, values)| {
            let parts = entity
                .iter()
                .map(|part| EntityData { entity_type: &part.kind, entity_name: part.name.as_deref() });
            let values = values.iter().map(|(key, value)| ValueData { key, value: *value });
            EntryData { entity: parts.collect(), values: values.collect() }
        });
        let response = DescribeClientQuotasResponse {
            entries: Some(entries.collect()),
            ..DescribeClientQuotasResponse::default()
        };
        self.answer(call, &response);
        Ok(())
    }
}

/// Reads a filter, in Kafka's order of checks.
fn filter<'a>(components: &[ComponentData<'a>]) -> Result<Vec<(&'a str, Wanted<'a>)>, BadFilter<'a>> {
    let mut filter: Vec<(&str, Wanted<'_>)> = Vec::new();
    for component in components {
        let kind = component.entity_type;
        if kind.is_empty() {
            return Err(BadFilter::EmptyKind);
        }
        if filter.iter().any(|(known, _)| *known == kind) {
            return Err(BadFilter::Repeated(kind));
        }
        if ![USER, CLIENT_ID, IP].contains(&kind) {
            return Err(BadFilter::UnknownKind(kind));
        }
        let wanted = match (component.match_type, component.r#match) {
            (EXACT, None) => return Err(BadFilter::ExactWithoutName),
            (EXACT, name) => Wanted::Name(name),
            (DEFAULT, Some(_)) => return Err(BadFilter::NameBeside("MATCH_TYPE_DEFAULT")),
            (DEFAULT, None) => Wanted::Name(None),
            (ANY, Some(_)) => return Err(BadFilter::NameBeside("MATCH_TYPE_SPECIFIED")),
            (ANY, None) => Wanted::Any,
            (other, _) => return Err(BadFilter::UnknownMatch(other)),
        };
        filter.push((kind, wanted));
    }
    let names = |kind| filter.iter().any(|(known, _)| *known == kind);
    if names(IP) && (names(USER) || names(CLIENT_ID)) {
        return Err(BadFilter::IpBesideOthers);
    }
    Ok(filter)
}

/// Whether quotas of this entity are asked for; a strict filter names everything that the entity is made of.
fn matches(entity: &[EntityPart], filter: &[(&str, Wanted<'_>)], strict: bool) -> bool {
    let fits = |(kind, wanted): &(&str, Wanted<'_>)| {
        entity.iter().filter(|part| part.kind == *kind).any(|part| match wanted {
            Wanted::Name(name) => part.name.as_deref() == *name,
            Wanted::Any => true,
        })
    };
    (!strict || entity.len() == filter.len()) && filter.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: &str, name: Option<&str>) -> EntityPart {
        EntityPart { kind: kind.to_owned(), name: name.map(str::to_owned) }
    }

    #[test]
    fn a_filter_finds_the_entities_that_it_names() {
        let entity = [part(USER, Some("alice")), part(CLIENT_ID, None)];
        let alice = (USER, Wanted::Name(Some("alice")));
        assert!(matches(&entity, &[alice], false));
        assert!(!matches(&entity, &[alice], true), "strict: nothing beside");
        assert!(matches(&entity, &[alice, (CLIENT_ID, Wanted::Name(None))], true));
        assert!(matches(&entity, &[alice, (CLIENT_ID, Wanted::Any)], true));
        assert!(!matches(&entity, &[(USER, Wanted::Name(None))], false));
        assert!(!matches(&entity, &[(IP, Wanted::Any)], false));
        assert!(matches(&entity, &[], false) && !matches(&entity, &[], true));
    }
}
