//! The schema as data. Its text form is described in `net/schema/README.md`.

use std::fmt;

/// Everything under `net/schema`, ordered by folder and file name.
#[derive(Debug)]
pub struct Schema {
    /// One for each file.
    pub groups: Vec<Group>,
}

/// One schema file, which becomes one module.
#[derive(Debug)]
pub struct Group {
    /// The file's name without its ending; also the module's.
    pub module: String,
    /// The comment at the top of the file, a line each.
    pub about: Vec<String>,
    /// The API, if the file describes one.
    pub api: Option<Api>,
    /// In the order of the file.
    pub messages: Vec<Message>,
}

/// The head line of a file that describes an API.
#[derive(Debug)]
pub struct Api {
    /// The number on the wire.
    pub key: i16,
    /// Kafka's name.
    pub name: String,
    /// Served on a broker's listeners.
    pub broker: bool,
    /// Served on a controller's listeners.
    pub controller: bool,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The body of a request.
    Request,
    /// The body of a response.
    Response,
    /// A record of an internal topic, with its number there.
    Record(i16),
    /// Anything else.
    Data,
}

/// One message.
#[derive(Debug)]
pub struct Message {
    /// What it is for.
    pub kind: Kind,
    /// Kafka's name.
    pub name: String,
    /// The versions that can be read and written.
    pub versions: Versions,
    /// The first version with compact lengths and tagged fields.
    pub flexible_from: Option<i16>,
    /// The first version that Kafka does not offer to clients yet.
    pub unstable_from: Option<i16>,
    /// The message itself first, then the structs inside in order of first mention.
    pub structs: Vec<Struct>,
}

impl Message {
    /// The struct of that name; panics if there is none, which the parser has ruled out.
    #[must_use]
    pub fn struct_named(&self, name: &str) -> &Struct {
        self.structs.iter().find(|known| known.name == name).expect("the parser checks every reference")
    }
}

/// A struct and its fields in wire order.
#[derive(Debug)]
pub struct Struct {
    /// Kafka's name, or ours where one module would have two of them.
    pub name: String,
    /// The versions in which the struct appears.
    pub versions: Versions,
    /// In wire order.
    pub fields: Vec<Field>,
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field {
    /// In snake case.
    pub name: String,
    /// What it holds.
    pub ty: Type,
    /// The versions that carry it.
    pub versions: Versions,
    /// The first version in which it may be null.
    pub nullable_from: Option<i16>,
    /// The tag, if it is a tagged field.
    pub tag: Option<u32>,
    /// The default, where it is not zero, false or empty. `null` is one of them.
    pub default: Option<String>,
    /// Writers drop it in versions without it, whatever its value.
    pub ignorable: bool,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A type without parts.
    Primitive(Primitive),
    /// The name of a struct of the same message.
    Struct(String),
    /// Any number of these.
    Array(Box<Type>),
}

/// The types without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the schema text")]
pub enum Primitive {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint16,
    Uint32,
    Float64,
    Uuid,
    String,
    Bytes,
    Records,
}

impl Primitive {
    /// The type that the schema text calls `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Primitive> {
        Some(match name {
            "bool" => Primitive::Bool,
            "int8" => Primitive::Int8,
            "int16" => Primitive::Int16,
            "int32" => Primitive::Int32,
            "int64" => Primitive::Int64,
            "uint16" => Primitive::Uint16,
            "uint32" => Primitive::Uint32,
            "float64" => Primitive::Float64,
            "uuid" => Primitive::Uuid,
            "string" => Primitive::String,
            "bytes" => Primitive::Bytes,
            "records" => Primitive::Records,
            _ => return None,
        })
    }

    /// Its name in the schema text.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Primitive::Bool => "bool",
            Primitive::Int8 => "int8",
            Primitive::Int16 => "int16",
            Primitive::Int32 => "int32",
            Primitive::Int64 => "int64",
            Primitive::Uint16 => "uint16",
            Primitive::Uint32 => "uint32",
            Primitive::Float64 => "float64",
            Primitive::Uuid => "uuid",
            Primitive::String => "string",
            Primitive::Bytes => "bytes",
            Primitive::Records => "records",
        }
    }
}

/// A closed range of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The first.
    pub from: i16,
    /// The last, inclusive.
    pub to: i16,
}

impl Versions {
    /// Whether the range has this version.
    #[must_use]
    pub fn contains(self, version: i16) -> bool {
        (self.from..=self.to).contains(&version)
    }

    /// Whether every version of `other` is in this range.
    #[must_use]
    pub fn covers(self, other: Versions) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to { write!(f, "{}", self.from) } else { write!(f, "{}-{}", self.from, self.to) }
    }
}

/// What is wrong with the schema text, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// File and line.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// `CreateTopics` becomes `create_topics`, `KRaftVersion` `kraft_version`.
#[must_use]
pub fn snake_case(name: &str) -> String {
    let name = name.replace("KRaft", "Kraft");
    let mut out = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}
