//! Reads schema text.

use crate::schema::{
    Api, Field, Group, Kind, Message, Primitive, Schema, SchemaError, Struct, Type, Versions,
};
use std::fs;
use std::path::Path;

impl Schema {
    /// Reads `api/*.txt` and `record/*.txt` below `folder`.
    ///
    /// # Errors
    /// The first thing that cannot be read or makes no sense.
    pub fn load(folder: &Path) -> Result<Schema, SchemaError> {
        let mut groups = Vec::new();
        for part in ["api", "record"] {
            let at = folder.join(part);
            let unreadable =
                |error: std::io::Error| SchemaError { place: part.to_owned(), problem: error.to_string() };
            let mut files: Vec<_> = fs::read_dir(&at)
                .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
                .map_err(unreadable)?;
            files.sort();
            for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "txt")) {
                let module = file.file_stem().expect("it has an ending").to_string_lossy();
                groups.push(parse_group(&module, &fs::read_to_string(file).map_err(unreadable)?)?);
            }
        }
        Ok(Schema { groups })
    }
}

/// One line of text, taken apart.
struct Line<'t> {
    depth: usize,
    words: Vec<&'t str>,
    place: String,
}

impl Line<'_> {
    fn error(&self, problem: impl Into<String>) -> SchemaError {
        SchemaError { place: self.place.clone(), problem: problem.into() }
    }
}

/// Reads the text of one file.
pub(crate) fn parse_group(module: &str, text: &str) -> Result<Group, SchemaError> {
    let mut group = Group { module: module.to_owned(), about: Vec::new(), api: None, messages: Vec::new() };
    let mut lines = Vec::new();
    for (at, raw) in text.lines().enumerate() {
        if let Some(comment) = raw.strip_prefix("# ") {
            group.about.push(comment.to_owned());
        } else if !raw.trim().is_empty() {
            let body = raw.trim_start();
            let place = format!("{module}.txt line {}", at + 1);
            lines.push(Line {
                depth: (raw.len() - body.len()) / 2,
                words: body.split_whitespace().collect(),
                place,
            });
        }
    }
    let mut rest = lines.as_slice();
    while let Some((head, behind)) = rest.split_first() {
        let body_lines = behind.iter().take_while(|line| line.depth > 0).count();
        let (body, next) = behind.split_at(body_lines);
        rest = next;
        if head.words[0] == "api" {
            group.api = Some(parse_api(head)?);
        } else {
            let message = parse_message(head, body)?;
            check(&message, head)?;
            group.messages.push(message);
        }
    }
    Ok(group)
}

fn parse_api(line: &Line<'_>) -> Result<Api, SchemaError> {
    let [_, key, name, listeners @ ..] = line.words.as_slice() else {
        return Err(line.error("expected: api KEY NAME LISTENER..."));
    };
    Ok(Api {
        key: number(line, key)?,
        name: (*name).to_owned(),
        broker: listeners.contains(&"broker"),
        controller: listeners.contains(&"controller"),
    })
}

fn parse_message(head: &Line<'_>, body: &[Line<'_>]) -> Result<Message, SchemaError> {
    let (kind, rest) = match head.words.as_slice() {
        ["request", rest @ ..] => (Kind::Request, rest),
        ["response", rest @ ..] => (Kind::Response, rest),
        ["data", rest @ ..] => (Kind::Data, rest),
        ["record", key, rest @ ..] => (Kind::Record(number(head, key)?), rest),
        _ => return Err(head.error("expected api, request, response, record or data")),
    };
    let [name, "versions", versions, "flexible", flexible, unstable @ ..] = rest else {
        return Err(head.error("expected: NAME versions RANGE flexible (none | FROM+)"));
    };
    let unstable_from = match unstable {
        [] => None,
        ["unstable", from] => Some(number(head, from)?),
        _ => return Err(head.error("expected: unstable FROM")),
    };
    let flexible_from = match flexible.strip_suffix('+') {
        Some(from) => Some(number(head, from)?),
        None if *flexible == "none" => None,
        None => return Err(head.error("expected: flexible (none | FROM+)")),
    };
    let whole = Versions { from: 0, to: i16::MAX };
    let versions = range(head, versions, whole)?;
    let mut message = Message {
        kind,
        name: (*name).to_owned(),
        versions,
        flexible_from,
        unstable_from,
        structs: vec![Struct { name: (*name).to_owned(), versions, fields: Vec::new() }],
    };
    let common = body.iter().position(|line| line.depth == 1 && line.words[0] == "struct");
    let (own, mut common) = body.split_at(common.unwrap_or(body.len()));
    parse_fields(&mut message, 0, own, 1)?;
    while let Some((line, behind)) = common.split_first() {
        let fields = behind.iter().take_while(|line| line.depth > 1).count();
        let (fields, next) = behind.split_at(fields);
        common = next;
        let ["struct", name, at @ ..] = line.words.as_slice() else {
            return Err(line.error("fields come before the shared structs"));
        };
        let versions = at.first().map_or(Ok(versions), |at| range(line, at, versions))?;
        message.structs.push(Struct { name: (*name).to_owned(), versions, fields: Vec::new() });
        let owner = message.structs.len() - 1;
        parse_fields(&mut message, owner, fields, 2)?;
    }
    Ok(message)
}

/// Reads the fields of `message.structs[owner]`, which stand at `depth`, and the structs that they define.
fn parse_fields(
    message: &mut Message,
    owner: usize,
    lines: &[Line<'_>],
    depth: usize,
) -> Result<(), SchemaError> {
    let mut rest = lines;
    while let Some((line, behind)) = rest.split_first() {
        let inner = behind.iter().take_while(|line| line.depth > depth).count();
        let (inner, next) = behind.split_at(inner);
        rest = next;
        if line.depth != depth {
            return Err(line.error("indented too far"));
        }
        let field = parse_field(line, message.structs[owner].versions, message.versions.to)?;
        if !inner.is_empty() {
            let Some(name) = struct_name(&field.ty) else {
                return Err(inner[0].error("only a struct has fields"));
            };
            if message.structs.iter().any(|known| known.name == name) {
                return Err(line.error("the struct is defined twice"));
            }
            let defined = Struct { name: name.to_owned(), versions: field.versions, fields: Vec::new() };
            message.structs.push(defined);
            let defined = message.structs.len() - 1;
            parse_fields(message, defined, inner, depth + 1)?;
        }
        message.structs[owner].fields.push(field);
    }
    Ok(())
}

/// The struct that a type is or holds.
fn struct_name(ty: &Type) -> Option<&str> {
    match ty {
        Type::Primitive(_) => None,
        Type::Struct(name) => Some(name),
        Type::Array(inner) => struct_name(inner),
    }
}

/// `name: type[?[FROM+]] [versions] [tag N] [= default] [ignorable]`
fn parse_field(line: &Line<'_>, around: Versions, last: i16) -> Result<Field, SchemaError> {
    let [name, ty, options @ ..] = line.words.as_slice() else {
        return Err(line.error("expected: NAME: TYPE"));
    };
    let name = name.strip_suffix(':').ok_or_else(|| line.error("expected a colon behind the name"))?;
    let (ty, null) = ty.split_once('?').map_or((*ty, None), |(ty, from)| (ty, Some(from)));
    let mut field = Field {
        name: name.to_owned(),
        ty: parse_type(line, ty)?,
        versions: around,
        nullable_from: None,
        tag: None,
        default: None,
        ignorable: false,
    };
    let mut options = options;
    loop {
        options = match options {
            [] => break,
            ["tag", tag, rest @ ..] => {
                let tag = tag.parse().map_err(|_| line.error("a tag is a number"))?;
                field.tag = Some(tag);
                rest
            }
            ["=", default, rest @ ..] => {
                field.default = Some((*default).to_owned());
                rest
            }
            ["ignorable", rest @ ..] => {
                field.ignorable = true;
                rest
            }
            [versions, rest @ ..] => {
                field.versions = range(line, versions, Versions { from: around.from, to: last })?;
                if !around.covers(field.versions) {
                    return Err(line.error("the struct around it lacks some of these versions"));
                }
                rest
            }
        };
    }
    field.nullable_from = match null {
        None => None,
        Some("") => Some(field.versions.from),
        Some(from) => Some(range(line, from, field.versions)?.from),
    };
    Ok(field)
}

fn parse_type(line: &Line<'_>, text: &str) -> Result<Type, SchemaError> {
    if let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return Ok(Type::Array(Box::new(parse_type(line, inner)?)));
    }
    if text.starts_with(|first: char| first.is_ascii_uppercase()) {
        return Ok(Type::Struct(text.to_owned()));
    }
    let known = Primitive::named(text).ok_or_else(|| line.error(format!("no type {text}")))?;
    Ok(Type::Primitive(known))
}

/// `3`, `3-5` or `3+`, which ends where `around` ends.
fn range(line: &Line<'_>, text: &str, around: Versions) -> Result<Versions, SchemaError> {
    let versions = if let Some(from) = text.strip_suffix('+') {
        Versions { from: number(line, from)?, to: around.to }
    } else if let Some((from, to)) = text.split_once('-') {
        Versions { from: number(line, from)?, to: number(line, to)? }
    } else {
        let only = number(line, text)?;
        Versions { from: only, to: only }
    };
    if versions.from <= versions.to { Ok(versions) } else { Err(line.error("an empty range of versions")) }
}

fn number(line: &Line<'_>, text: &str) -> Result<i16, SchemaError> {
    text.parse().map_err(|_| line.error(format!("{text} is no small number")))
}

/// What the emitter relies on: every struct is defined, tagged fields come only in flexible versions.
fn check(message: &Message, head: &Line<'_>) -> Result<(), SchemaError> {
    for owner in &message.structs {
        for field in &owner.fields {
            let place = format!("{}.{}", owner.name, field.name);
            if let Some(name) = struct_name(&field.ty)
                && !message.structs.iter().any(|known| known.name == name)
            {
                return Err(head.error(format!("{place}: no struct {name}")));
            }
            let flexible = message.flexible_from.is_some_and(|from| from <= field.versions.from);
            if field.tag.is_some() && !flexible {
                return Err(head.error(format!("{place}: tagged before the flexible versions")));
            }
            let partly_null = field.nullable_from.is_some_and(|from| from > field.versions.from);
            if matches!(field.ty, Type::Struct(_)) && partly_null {
                return Err(head.error(format!("{place}: a struct is nullable always or never")));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parse_group;
    use crate::schema::{Kind, Versions};

    #[test]
    fn a_message_is_read_with_its_structs() {
        let group = parse_group(
            "example",
            "# About it.\napi 7 Example broker\n\nrequest ExampleRequest versions 2-5 flexible 4+\n  \
             topics: [Topic]?3+ ignorable\n    name: string\n    rest: Shared? 4+ tag 0 = null\n  \
             count: int32 3-4 = -1\n  struct Shared 4+\n    id: uuid\n",
        )
        .unwrap();
        assert_eq!(group.about, ["About it."]);
        assert_eq!(group.api.map(|api| (api.key, api.broker, api.controller)), Some((7, true, false)));
        let message = &group.messages[0];
        assert_eq!((message.kind, message.flexible_from), (Kind::Request, Some(4)));
        let names: Vec<_> = message.structs.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["ExampleRequest", "Topic", "Shared"]);
        assert_eq!(message.structs[0].fields[0].nullable_from, Some(3));
        assert_eq!(message.structs[0].fields[1].versions, Versions { from: 3, to: 4 });
        assert_eq!(message.structs[1].fields[1].tag, Some(0));
        assert_eq!(message.structs[2].versions, Versions { from: 4, to: 5 });
    }

    #[test]
    fn text_that_makes_no_sense_names_its_line() {
        let cases = [
            ("request A versions 0", "expected: NAME versions"),
            ("request A versions 0 flexible none\n  a: Missing", "no struct Missing"),
            ("request A versions 0 flexible none\n  a: int9", "no type int9"),
            ("request A versions 0-1 flexible 1+\n  a: int8 tag 0", "tagged before"),
            ("request A versions 0 flexible none\n  a: int8\n    b: int8", "only a struct has fields"),
        ];
        for (text, expected) in cases {
            let error = parse_group("case", text).unwrap_err();
            assert!(error.problem.contains(expected), "{error}");
            assert!(error.place.starts_with("case.txt line"), "{error}");
        }
    }
}
