//! What is generated about all messages together: the list of APIs, the list of modules, the table of the README.

use crate::emit::HEADER;
use crate::schema::{Api, Kind, Message, Schema, snake_case};

/// Each API with its request and response, ordered by key.
fn apis(schema: &Schema) -> Vec<(&Api, &Message, &Message)> {
    let of = |messages: &'_ [Message], kind| -> usize {
        messages.iter().position(|message| message.kind == kind).expect("an API has a request and a response")
    };
    let mut apis: Vec<_> = schema
        .groups
        .iter()
        .filter_map(|group| group.api.as_ref().map(|api| (api, &group.messages)))
        .map(|(api, messages)| {
            let (request, response) = (of(messages, Kind::Request), of(messages, Kind::Response));
            (api, &messages[request], &messages[response])
        })
        .collect();
    apis.sort_by_key(|(api, ..)| api.key);
    apis
}

/// The last version that Kafka offers to everybody.
fn last_stable(message: &Message) -> i16 {
    message.unstable_from.map_or(message.versions.to, |from| from - 1)
}

/// `message/api_key.rs`
pub(crate) fn api_key(schema: &Schema) -> String {
    let apis = apis(schema);
    let mut out = String::from(HEADER);
    out.push_str("//! The APIs of the protocol: numbers, versions, listeners.\n\n");
    out.push_str("use crate::api::{ApiInfo, VersionRange};\n\n");
    out.push_str("/// An API of Kafka's protocol.\n");
    out.push_str("#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\n#[repr(i16)]\n");
    out.push_str("pub enum ApiKey {\n");
    for (api, request, _) in &apis {
        let module = snake_case(&api.name);
        out.push_str(&format!(
            "    /// Versions {}: [`{}`](super::{module}::{}).\n",
            request.versions, request.name, request.name
        ));
        out.push_str(&format!("    {} = {},\n", api.name, api.key));
    }
    out.push_str("}\n\nimpl ApiKey {\n    /// Every API, ordered by number.\n");
    out.push_str(&format!("    pub const ALL: [ApiKey; {}] = [\n", apis.len()));
    apis.iter().for_each(|(api, ..)| out.push_str(&format!("        ApiKey::{},\n", api.name)));
    out.push_str("    ];\n\n    /// The API with this number, if it is one of those that 4.x has.\n");
    out.push_str("    #[must_use]\n    pub const fn from_i16(key: i16) -> Option<ApiKey> {\n");
    out.push_str("        Some(match key {\n");
    for (api, ..) in &apis {
        out.push_str(&format!("            {} => ApiKey::{},\n", api.key, api.name));
    }
    out.push_str("            _ => return None,\n        })\n    }\n\n");
    out.push_str("    /// What the schema says about the API.\n    #[must_use]\n");
    out.push_str("    pub const fn info(self) -> ApiInfo {\n        match self {\n");
    for (api, request, response) in &apis {
        let flexible = |message: &Message| {
            message.flexible_from.map_or_else(|| "i16::MAX".to_owned(), |from| from.to_string())
        };
        assert_eq!(request.versions, response.versions, "{}", api.name);
        assert_eq!(request.flexible_from, response.flexible_from, "{}", api.name);
        out.push_str(&format!("            ApiKey::{} => ApiInfo {{\n", api.name));
        out.push_str(&format!("                name: \"{}\",\n", api.name));
        let (from, to) = (request.versions.from, last_stable(request));
        out.push_str(&format!("                versions: VersionRange {{ min: {from}, max: {to} }},\n"));
        out.push_str(&format!("                first_flexible: {},\n", flexible(request)));
        out.push_str(&format!("                on_broker: {},\n", api.broker));
        out.push_str(&format!("                on_controller: {},\n            }},\n", api.controller));
    }
    out.push_str("        }\n    }\n}\n");
    out
}

/// `message/mod.rs`
pub(crate) fn modules(schema: &Schema) -> String {
    let mut out = String::from(HEADER);
    out.push_str(
        "//! One module for each API (request and response) and for each kind of internal record.\n\n",
    );
    let mut names: Vec<_> = schema.groups.iter().map(|group| group.module.as_str()).collect();
    names.push("api_key");
    names.sort_unstable();
    names.iter().for_each(|name| out.push_str(&format!("pub mod {name};\n")));
    out.push_str("\n/// Calls `$each!(module, Message)` for every message there is. For tests and tools.\n");
    out.push_str("#[macro_export]\nmacro_rules! for_each_message {\n    ($each:ident) => {\n");
    for group in &schema.groups {
        for message in &group.messages {
            out.push_str(&format!("        $each!({}, {});\n", group.module, message.name));
        }
    }
    out.push_str("    };\n}\n");
    out
}

/// The table of APIs for `net/README.md`.
#[must_use]
pub fn readme_table(schema: &Schema) -> String {
    let mut out = String::from("| key | API | versions | flexible from | listeners |\n|--:|--|--|--|--|\n");
    for (api, request, _) in apis(schema) {
        let versions = match (request.versions.from, last_stable(request)) {
            (from, to) if from == to => from.to_string(),
            (from, to) => format!("{from}-{to}"),
        };
        let flexible = request.flexible_from.map_or_else(|| "never".to_owned(), |from| from.to_string());
        let listeners = match (api.broker, api.controller) {
            (true, true) => "broker, controller",
            (true, false) => "broker",
            _ => "controller",
        };
        out.push_str(&format!("| {} | {} | {versions} | {flexible} | {listeners} |\n", api.key, api.name));
    }
    out
}
