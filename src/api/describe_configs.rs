//! DescribeConfigs: every key of a resource with its value and where that comes from.

use super::authorize::Authorized;
use super::control::error_text;
use super::{BadRequest, decode};
use crate::config::describe::{
    DescribedConfig, describe_broker, describe_broker_default, describe_client_metrics, describe_group,
    describe_topic,
};
use crate::controller::check_topic_name;
use crate::settings::Settings;
use crate::shard::Shard;
use crate::shard::mail::Mail;
use crate::topic_rules::{configured, levels};
use loglane_model::BrokerId;
use loglane_net::header::begin_response;
use loglane_net::message::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResponse,
    DescribeConfigsResult, DescribeConfigsSynonym,
};
use loglane_net::{Element as _, EncodeError, ErrorCode, Format, Message as _, frame, put};
use loglane_replication::MetadataImage;
use loglane_replication::record::ConfigResource;
use loglane_ring::Io;

/// The loggers of a broker: nothing that the metadata would keep, so [`ConfigResource`] does not know it.
const BROKER_LOGGER: i8 = 8;

/// The first version whose answer says what a key's values are.
const FIRST_WITH_TYPES: i16 = 3;

/// Why a resource is not described.
struct Refusal {
    error: ErrorCode,
    text: String,
}

impl<I: Io<Mail>> Shard<I> {
    pub(super) fn on_describe_configs(
        &mut self,
        authorized: Authorized,
        body: &[u8],
    ) -> Result<(), BadRequest> {
        let call = authorized.call();
        let request: DescribeConfigsRequest<'_> = decode(call, body)?;
        let (settings, image) = (self.settings.clone(), self.metadata.image.clone());
        let describer = Describer {
            settings: &settings,
            image: &image,
            unknown: request
                .resources
                .iter()
                .map(|resource| resource.resource_type)
                .find(|kind| !is_known(*kind)),
            synonyms: request.include_synonyms,
            documentation: request.include_documentation,
            types: call.version >= FIRST_WITH_TYPES,
        };
        let room = self.limits.answer_bytes_max;
        self.answer_by(call, |out| {
            let format = DescribeConfigsResponse::format(call.version).expect("the header was checked");
            let start = begin_response(out, call.api, call.version, call.correlation_id);
            put::int32(out, 0);
            put::count(out, request.resources.len(), format)?;
            let full = out.len() + room;
            for resource in request.resources.iter() {
                describer.write(&resource, out.len() < full, out, format)?;
            }
            put::no_tagged_fields(out, format);
            frame::try_end(out, start, 0)
        });
        Ok(())
    }
}

/// Describes the resources of one request, one at a time: all of them together may be large.
struct Describer<'a> {
    settings: &'a Settings,
    image: &'a MetadataImage,
    /// A type that nobody knows; it spoils the whole request, as in Kafka.
    unknown: Option<i8>,
    synonyms: bool,
    documentation: bool,
    types: bool,
}

impl Describer<'_> {
    /// Appends what is said of one resource.
    fn write(
        &self,
        resource: &DescribeConfigsResource<'_>,
        has_room: bool,
        out: &mut Vec<u8>,
        format: Format,
    ) -> Result<(), EncodeError> {
        let result = DescribeConfigsResult {
            resource_type: resource.resource_type,
            resource_name: resource.resource_name,
            ..DescribeConfigsResult::default()
        };
        let described = match self.unknown {
            Some(kind) => Err(invalid_request(format!("Unexpected resource type {kind}"))),
            None if !has_room => Err(Refusal {
                error: ErrorCode::PolicyViolation,
                text: "The request describes more than fits one answer; ask for fewer resources.".to_owned(),
            }),
            None => describe(self.settings, self.image, resource.resource_type, resource.resource_name),
        };
        match described {
            Ok(configs) => {
                let keys = resource.configuration_keys.as_ref().filter(|keys| !keys.is_empty());
                let is_asked = |config: &&DescribedConfig| {
                    keys.is_none_or(|keys| keys.iter().any(|key| key == config.name))
                };
                let configs = configs.iter().filter(is_asked).map(|config| self.config(config));
                DescribeConfigsResult { configs: configs.collect(), ..result }.write(out, format)
            }
            Err(refusal) => DescribeConfigsResult {
                error_code: refusal.error.to_i16(),
                error_message: Some(&refusal.text),
                ..result
            }
            .write(out, format),
        }
    }

    fn config<'a>(&self, config: &'a DescribedConfig) -> DescribeConfigsResourceResult<'a> {
        let synonyms = config.synonyms.iter().filter(|_| self.synonyms);
        let synonyms = synonyms.map(|synonym| DescribeConfigsSynonym {
            name: &synonym.name,
            value: synonym.value.as_deref(),
            source: synonym.source as i8,
        });
        DescribeConfigsResourceResult {
            name: &config.name,
            value: config.value.as_deref(),
            read_only: config.is_read_only,
            config_source: config.source as i8,
            is_sensitive: config.is_sensitive,
            synonyms: synonyms.collect(),
            config_type: if self.types { config.kind as i8 } else { 0 },
            documentation: config.documentation.filter(|_| self.documentation),
        }
    }
}

fn is_known(kind: i8) -> bool {
    matches!(
        kind,
        ConfigResource::TOPIC
            | ConfigResource::BROKER
            | BROKER_LOGGER
            | ConfigResource::CLIENT_METRICS
            | ConfigResource::GROUP
    )
}

fn describe(
    settings: &Settings,
    image: &MetadataImage,
    kind: i8,
    name: &str,
) -> Result<Vec<DescribedConfig>, Refusal> {
    let levels = levels(settings, image);
    let own = configured(image, &ConfigResource { kind, name: name.to_owned() });
    match kind {
        ConfigResource::TOPIC => {
            check_topic_name(name).map_err(|error| Refusal {
                error: ErrorCode::InvalidTopicException,
                text: error_text(&error),
            })?;
            match image.topics.by_name(name) {
                Some(_) => Ok(describe_topic(own, &levels)),
                None => Err(Refusal { error: ErrorCode::UnknownTopicOrPartition, text: String::new() }),
            }
        }
        ConfigResource::BROKER if name.is_empty() => Ok(describe_broker_default(levels.dynamic_default)),
        ConfigResource::BROKER => {
            check_broker(name, settings.broker, " or empty string,")?;
            Ok(describe_broker(&levels))
        }
        BROKER_LOGGER if name.is_empty() => Err(invalid_request("Broker id must not be empty".to_owned())),
        BROKER_LOGGER => {
            check_broker(name, settings.broker, "")?;
            // No logger's level can be changed from outside, so there is none to describe.
            Ok(Vec::new())
        }
        ConfigResource::CLIENT_METRICS if name.is_empty() => {
            Err(invalid_request("Client metrics subscription name must not be empty".to_owned()))
        }
        ConfigResource::CLIENT_METRICS => Ok(describe_client_metrics(own)),
        ConfigResource::GROUP if name.is_empty() => {
            Err(invalid_request("Group name must not be empty".to_owned()))
        }
        ConfigResource::GROUP => Ok(describe_group(own, &levels)),
        other => unreachable!("type {other} was refused before"),
    }
}

fn check_broker(name: &str, own: BrokerId, or_what: &str) -> Result<(), Refusal> {
    match name.parse::<i32>() {
        Ok(id) if id == own.0 => Ok(()),
        Ok(_) => Err(invalid_request(format!(
            "Unexpected broker id, expected {}{or_what} but received {name}",
            own.0
        ))),
        Err(_) => {
            Err(invalid_request(error_text(&format_args!("Broker id must be an integer, but it is: {name}"))))
        }
    }
}

fn invalid_request(text: String) -> Refusal {
    Refusal { error: ErrorCode::InvalidRequest, text }
}
