//! Writes the Rust code of one schema file. The lines come out as rustfmt would leave them, so that the committed
//! files can be compared with what the generator makes now.

use crate::rust_text::{
    anonymous, applied, condition, default_value, field_type, has_natural_default, ident, is_default,
    is_not_default, negated, schema_type, words,
};
use crate::schema::{Field, Group, Kind, Message, Primitive, Struct, Type, Versions};

/// First line of every generated file.
pub(crate) const HEADER: &str =
    "// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.\n";

/// The widest line that rustfmt.toml allows.
const WIDTH: usize = 110;

/// The module of one schema file.
pub(crate) fn group(group: &Group) -> String {
    let mut out = String::from(HEADER);
    match &group.api {
        Some(api) => out.push_str(&format!("//! The API {} ({}).\n", api.name, api.key)),
        None => group.about.iter().for_each(|line| out.push_str(&format!("//! {line}\n"))),
    }
    out.push('\n');
    let mut code = String::new();
    for message in &group.messages {
        for index in 0..message.structs.len() {
            emit_struct(&mut code, message, index);
        }
        emit_message(&mut code, message);
    }
    let mut uses = Vec::new();
    if group.api.is_some() {
        uses.push("use crate::api::ApiKey;\n".to_owned());
    }
    let mut arrays: Vec<&str> = Vec::new();
    if code.contains("Array<") {
        arrays.push("Array");
    }
    arrays.push("Element");
    if code.contains("read_nullable_struct(") {
        arrays.push("read_nullable_struct");
    }
    if code.contains("read_tagged_nullable_struct(") {
        arrays.push("read_tagged_nullable_struct");
    }
    uses.push(use_line("crate::array", &arrays));
    let mut traits = vec!["Message"];
    if code.contains("> Record<") || code.contains("impl Record<") {
        traits.push("Record");
    }
    if group.api.is_some() {
        traits.extend(["Request", "Response"]);
    }
    uses.push(use_line("crate::codec", &traits));
    if code.contains("put::") {
        uses.push(use_line("crate::put", &["self", "EncodeError"]));
    } else {
        uses.push(use_line("crate::put", &["EncodeError"]));
    }
    let mut wire = vec!["DecodeError", "Format", "Reader"];
    if code.replace("put::nullable_from(", "").contains("nullable_from(") {
        wire.push("nullable_from");
    }
    uses.push(use_line("crate::wire", &wire));
    if code.contains("TopicId") {
        uses.push("use loglane_model::TopicId;\n".to_owned());
    }
    uses.iter().for_each(|line| out.push_str(line));
    out.push_str(&code);
    out
}

fn use_line(path: &str, names: &[&str]) -> String {
    match names {
        [only] => format!("use {path}::{only};\n"),
        names => format!("use {path}::{{{}}};\n", names.join(", ")),
    }
}

fn emit_struct(out: &mut String, message: &Message, index: usize) {
    let this = &message.structs[index];
    let flexible = match message.flexible_from {
        Some(from) if from <= message.versions.from => ", always flexible".to_owned(),
        Some(from) => format!(", flexible from {from}"),
        None => String::new(),
    };
    let what = words(message.versions, i16::MAX);
    if index == 0 {
        out.push_str(&format!("\n/// Kafka's `{}`, {what}{flexible}.\n", this.name));
    } else {
        out.push_str(&format!("\n/// Part of [`{}`].\n", message.name));
    }
    let derived = this.fields.iter().all(has_natural_default);
    let default = if derived { ", Default" } else { "" };
    out.push_str(&format!("#[derive(Debug, Clone, PartialEq{default})]\n"));
    let applied = applied(message, &this.name);
    if this.fields.is_empty() {
        out.push_str(&format!("pub struct {applied} {{}}\n"));
    } else {
        out.push_str(&format!("pub struct {applied} {{\n"));
        for field in &this.fields {
            out.push_str(&format!("    /// {}\n", field_doc(message, this, field)));
            out.push_str(&format!("    pub {}: {},\n", ident(&field.name), field_type(message, field)));
        }
        out.push_str("}\n");
    }
    if !derived {
        emit_default(out, message, this);
    }
    emit_element(out, message, this);
}

/// Type, and what is special about the field: `int32, versions 7 and up, −1 unless given.`
fn field_doc(message: &Message, this: &Struct, field: &Field) -> String {
    let mut doc = schema_type(&field.ty);
    if field.versions != this.versions {
        doc.push_str(&format!(", {}", words(field.versions, message.versions.to)));
    }
    if let Some(tag) = field.tag {
        doc.push_str(&format!(", tag {tag}"));
    }
    match field.nullable_from {
        Some(from) if from > field.versions.from => doc.push_str(&format!(", nullable from version {from}")),
        Some(_) => doc.push_str(", nullable"),
        None => {}
    }
    if let Some(default) = &field.default {
        doc.push_str(&format!(", {} by default", default.replace('-', "−")));
    }
    if let Some(first) = doc.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    doc.push('.');
    doc
}

fn emit_default(out: &mut String, message: &Message, this: &Struct) {
    out.push_str(&format!("\nimpl Default for {} {{\n", anonymous(message, &this.name)));
    out.push_str("    fn default() -> Self {\n");
    let fields: Vec<_> =
        this.fields.iter().map(|field| format!("{}: {}", ident(&field.name), default_value(field))).collect();
    push_literal(out, &fields, 8);
    out.push_str("    }\n}\n");
}

/// `Self { a, b }` on one line where it fits, as rustfmt has it.
fn push_literal(out: &mut String, fields: &[String], indent: usize) {
    let pad = " ".repeat(indent);
    let line =
        if fields.is_empty() { "Self {}".to_owned() } else { format!("Self {{ {} }}", fields.join(", ")) };
    if indent + line.len() <= WIDTH {
        out.push_str(&format!("{pad}{line}\n"));
        return;
    }
    out.push_str(&format!("{pad}Self {{\n"));
    fields.iter().for_each(|field| out.push_str(&format!("{pad}    {field},\n")));
    out.push_str(&format!("{pad}}}\n"));
}

/// `name(arguments)tail`, on one line where it fits.
fn push_call(out: &mut String, indent: usize, name: &str, arguments: &[&str], tail: &str) {
    let pad = " ".repeat(indent);
    let line = format!("{pad}{name}({}){tail}", arguments.join(", "));
    if line.len() <= WIDTH {
        out.push_str(&format!("{line}\n"));
        return;
    }
    out.push_str(&format!("{pad}{name}(\n"));
    arguments.iter().for_each(|argument| out.push_str(&format!("{pad}    {argument},\n")));
    out.push_str(&format!("{pad}){tail}\n"));
}

fn emit_element(out: &mut String, message: &Message, this: &Struct) {
    let applied = applied(message, &this.name);
    let generics = if applied.contains("'a") { "<'a>" } else { "" };
    let life = if applied.contains("'a") { "'a" } else { "'_" };
    out.push_str(&format!("\nimpl{generics} Element<{life}> for {applied} {{\n"));
    let read = read_body(message, this);
    let format = if read.contains("format") { "format" } else { "_format" };
    let reader = if read.contains("reader") { "reader" } else { "_reader" };
    let line = format!(
        "    fn read({reader}: &mut Reader<{life}>, {format}: Format) -> Result<Self, DecodeError> {{\n"
    );
    out.push_str(&line);
    out.push_str(&read);
    out.push_str("    }\n\n");
    let write = write_body(message, this);
    let format = if write.contains("format") { "format" } else { "_format" };
    let target = if write.contains("out") { "out" } else { "_out" };
    let line = format!(
        "    fn write(&self, {target}: &mut Vec<u8>, {format}: Format) -> Result<(), EncodeError> {{\n"
    );
    out.push_str(&line);
    out.push_str(&write);
    out.push_str("        Ok(())\n    }\n}\n");
}

fn has_tagged_fields(this: &Struct) -> bool {
    this.fields.iter().any(|field| field.tag.is_some())
}

fn read_body(message: &Message, this: &Struct) -> String {
    let mut out = String::new();
    for field in this.fields.iter().filter(|field| field.tag.is_none()) {
        let name = ident(&field.name);
        let mut value = read_value(field, "reader");
        if let Some(from) = field.nullable_from.filter(|&from| from > field.versions.from) {
            value = format!("nullable_from({from}, format, {value})?");
        }
        match condition(this.versions, field.versions) {
            None => out.push_str(&format!("        let {name} = {value};\n")),
            Some(condition) => {
                let absent = default_value(field);
                push_choice(&mut out, &name, &condition, &value, &absent);
            }
        }
    }
    if has_tagged_fields(this) {
        read_tagged_fields(&mut out, message, this);
    } else if message.flexible_from.is_some() {
        out.push_str("        reader.skip_tagged_fields(format)?;\n");
    }
    let names: Vec<_> = this.fields.iter().map(|field| ident(&field.name)).collect();
    let literal =
        if names.is_empty() { String::from("Self {}") } else { format!("Self {{ {} }}", names.join(", ")) };
    if literal.len() + "        Ok()".len() <= WIDTH {
        out.push_str(&format!("        Ok({literal})\n"));
    } else {
        out.push_str("        Ok(Self {\n");
        names.iter().for_each(|name| out.push_str(&format!("            {name},\n")));
        out.push_str("        })\n");
    }
    out
}

/// `let name = if condition { value } else { absent };`, on one line where it fits.
fn push_choice(out: &mut String, name: &str, condition: &str, value: &str, absent: &str) {
    let line = format!("        let {name} = if {condition} {{ {value} }} else {{ {absent} }};");
    if line.len() <= WIDTH {
        out.push_str(&line);
        out.push('\n');
        return;
    }
    let head = format!("        let {name} =\n");
    let second = format!("            if {condition} {{ {value} }} else {{ {absent} }};");
    if second.len() <= WIDTH {
        out.push_str(&head);
        out.push_str(&second);
        out.push('\n');
        return;
    }
    out.push_str(&format!(
        "        let {name} = if {condition} {{\n            {value}\n        }} else {{\n"
    ));
    out.push_str(&format!("            {absent}\n        }};\n"));
}

fn read_tagged_fields(out: &mut String, message: &Message, this: &Struct) {
    let always = message.flexible_from.is_some_and(|from| from <= this.versions.from);
    for field in this.fields.iter().filter(|field| field.tag.is_some()) {
        let line = format!("let mut {} = {};", ident(&field.name), default_value(field));
        out.push_str(&format!("        {line}\n"));
    }
    let pad = if always { "        " } else { "            " };
    if !always {
        out.push_str("        if format.flexible {\n");
    }
    out.push_str(&format!("{pad}for _ in 0..reader.tag_count()? {{\n"));
    out.push_str(&format!("{pad}    let (tag, mut field) = reader.tagged_field()?;\n"));
    out.push_str(&format!("{pad}    match tag {{\n"));
    let flexible = Versions { from: message.flexible_from.unwrap_or(i16::MAX), to: this.versions.to };
    let around = Versions { from: flexible.from.max(this.versions.from), to: this.versions.to };
    for field in &this.fields {
        let Some(tag) = field.tag else { continue };
        let guard = condition(around, field.versions)
            .map_or_else(String::new, |condition| format!(" if {condition}"));
        let (name, value) = (ident(&field.name), read_value(field, "field"));
        let line = format!("{pad}        {tag}{guard} => {name} = {value},");
        if line.len() <= WIDTH {
            out.push_str(&format!("{line}\n"));
        } else {
            out.push_str(&format!("{pad}        {tag}{guard} => {{\n"));
            out.push_str(&format!("{pad}            {name} = {value}\n{pad}        }}\n"));
        }
    }
    out.push_str(&format!("{pad}        _ => continue,\n{pad}    }}\n"));
    out.push_str(&format!("{pad}    field.finish()?;\n{pad}}}\n"));
    if !always {
        out.push_str("        }\n");
    }
}

/// The expression that reads a field, null included where some version allows it.
fn read_value(field: &Field, reader: &str) -> String {
    let nullable = field.nullable_from.is_some();
    let from = if reader == "field" { "&mut field" } else { "reader" };
    match (&field.ty, nullable) {
        (Type::Primitive(primitive), nullable) => {
            let prefix = if nullable { "nullable_" } else { "" };
            match primitive {
                Primitive::String => format!("{reader}.{prefix}string(format)?"),
                Primitive::Bytes | Primitive::Records => format!("{reader}.{prefix}bytes(format)?"),
                other => format!("{reader}.{}()?", other.name()),
            }
        }
        (Type::Struct(name), false) => format!("{name}::read({from}, format)?"),
        (Type::Struct(_), true) if reader == "field" => {
            "read_tagged_nullable_struct(&mut field, format)?".to_owned()
        }
        (Type::Struct(_), true) => format!("read_nullable_struct({from}, format)?"),
        (Type::Array(_), false) => format!("Array::read({from}, format)?"),
        (Type::Array(_), true) => format!("Array::read_nullable({from}, format)?"),
    }
}

/// The expression that writes a field of `self`.
fn write_value(field: &Field) -> String {
    let name = format!("self.{}", ident(&field.name));
    match (&field.ty, field.nullable_from.is_some()) {
        (Type::Primitive(primitive), nullable) => {
            let prefix = if nullable { "nullable_" } else { "" };
            match primitive {
                Primitive::String => format!("put::{prefix}string(out, {name}, format)?"),
                Primitive::Bytes | Primitive::Records => format!("put::{prefix}bytes(out, {name}, format)?"),
                other => format!("put::{}(out, {name})", other.name()),
            }
        }
        (_, false) => format!("{name}.write(out, format)?"),
        (Type::Struct(_), true) if field.tag.is_some() => {
            format!("put::tagged_nullable_struct(out, {name}.as_ref(), format)?")
        }
        (Type::Struct(_), true) => format!("put::nullable_struct(out, {name}.as_ref(), format)?"),
        (Type::Array(_), true) => format!("put::nullable_array(out, {name}.as_ref(), format)?"),
    }
}

fn write_body(message: &Message, this: &Struct) -> String {
    let mut out = String::new();
    for field in this.fields.iter().filter(|field| field.tag.is_none()) {
        let place = format!("\"{}.{}\"", this.name, field.name);
        let mut lines = Vec::new();
        if let Some(from) = field.nullable_from.filter(|&from| from > field.versions.from) {
            let null = format!("self.{}.is_none()", ident(&field.name));
            lines.push(format!("put::nullable_from({from}, {null}, {place}, format)?;"));
        }
        lines.push(format!("{};", write_value(field)));
        match condition(this.versions, field.versions) {
            None => lines.iter().for_each(|line| out.push_str(&format!("        {line}\n"))),
            Some(condition) => {
                out.push_str(&format!("        if {condition} {{\n"));
                lines.iter().for_each(|line| out.push_str(&format!("            {line}\n")));
                if !field.ignorable {
                    out.push_str("        } else {\n");
                    let test = is_default(field);
                    push_call(&mut out, 12, "put::absent", &[&test, &place, "format"], "?;");
                }
                out.push_str("        }\n");
            }
        }
    }
    if has_tagged_fields(this) {
        write_tagged_fields(&mut out, message, this);
    } else if message.flexible_from.is_some() {
        out.push_str("        put::no_tagged_fields(out, format);\n");
    }
    out
}

fn write_tagged_fields(out: &mut String, message: &Message, this: &Struct) {
    let tagged = || this.fields.iter().filter_map(|field| field.tag.map(|tag| (tag, field)));
    let always = message.flexible_from.is_some_and(|from| from <= this.versions.from);
    let from = message.flexible_from.unwrap_or(i16::MAX).max(this.versions.from);
    let around = Versions { from, to: this.versions.to };
    for (tag, field) in tagged() {
        // A tagged field of a later version than the first flexible one is tested for its version; the others
        // are inside the test for flexibility, or the struct is always flexible.
        let given = is_not_default(field);
        let present = condition(if always { this.versions } else { around }, field.versions)
            .map_or_else(|| given.clone(), |condition| format!("{condition} && {given}"));
        let line = format!("        let has_{tag} = {present};");
        if line.len() <= WIDTH {
            out.push_str(&format!("{line}\n"));
        } else {
            out.push_str(&format!("        let has_{tag} =\n            {present};\n"));
        }
        if !field.ignorable && field.versions != this.versions {
            let place = format!("\"{}.{}\"", this.name, field.name);
            let missing = negated(&condition(this.versions, field.versions).expect("the ranges differ"));
            let test = is_default(field);
            out.push_str(&format!("        if {missing} {{\n"));
            push_call(out, 12, "put::absent", &[&test, &place, "format"], "?;");
            out.push_str("        }\n");
        }
    }
    let pad = if always { "        " } else { "            " };
    if !always {
        out.push_str("        if format.flexible {\n");
    }
    let mut by_tag: Vec<_> = tagged().collect();
    by_tag.sort_by_key(|(tag, _)| *tag);
    let count: Vec<_> = by_tag.iter().map(|(tag, _)| format!("has_{tag}")).collect();
    out.push_str(&format!("{pad}put::tag_count(out, &[{}]);\n", count.join(", ")));
    for (tag, field) in by_tag {
        out.push_str(&format!("{pad}if has_{tag} {{\n"));
        let value = write_value(field);
        push_tagged_field(out, pad.len() + 4, tag, &value);
        out.push_str(&format!("{pad}}}\n"));
    }
    if !always {
        out.push_str("        }\n");
    }
}

/// Writes one tagged field; a `value` that can fail is the closure's result, the others need one.
fn push_tagged_field(out: &mut String, indent: usize, tag: u32, value: &str) {
    let pad = " ".repeat(indent);
    let head = format!("{pad}put::tagged_field(out, {tag}, |out| ");
    match value.strip_suffix('?') {
        Some(value) if head.len() + value.len() + ")?;".len() <= WIDTH => {
            out.push_str(&format!("{head}{value})?;\n"));
        }
        Some(value) => out.push_str(&format!("{head}{{\n{pad}    {value}\n{pad}}})?;\n")),
        None => out.push_str(&format!("{head}{{\n{pad}    {value};\n{pad}    Ok(())\n{pad}}})?;\n")),
    }
}

fn emit_message(out: &mut String, message: &Message) {
    let applied = applied(message, &message.name);
    let generics = if applied.contains("'a") { "<'a>" } else { "" };
    let life = if applied.contains("'a") { "'a" } else { "'_" };
    out.push_str(&format!("\nimpl{generics} Message<{life}> for {applied} {{\n"));
    out.push_str(&format!("    const NAME: &'static str = \"{}\";\n", message.name));
    out.push_str(&format!("    const MIN_VERSION: i16 = {};\n", message.versions.from));
    out.push_str(&format!("    const MAX_VERSION: i16 = {};\n", message.versions.to));
    let flexible = message.flexible_from.map_or_else(|| "i16::MAX".to_owned(), |from| from.to_string());
    out.push_str(&format!("    const FIRST_FLEXIBLE_VERSION: i16 = {flexible};\n}}\n"));
    let (trait_name, constant) = match message.kind {
        Kind::Request => ("Request", format!("API_KEY: ApiKey = ApiKey::{}", api_name(&message.name))),
        Kind::Response => ("Response", format!("API_KEY: ApiKey = ApiKey::{}", api_name(&message.name))),
        Kind::Record(number) => ("Record", format!("RECORD_NUMBER: i16 = {number}")),
        Kind::Data => return,
    };
    out.push_str(&format!(
        "\nimpl{generics} {trait_name}<{life}> for {applied} {{\n    const {constant};\n}}\n"
    ));
}

fn api_name(message: &str) -> &str {
    message.strip_suffix("Request").or_else(|| message.strip_suffix("Response")).unwrap_or(message)
}
