//! The parts of a schema as Rust text: types, names, defaults, tests for versions.

use crate::schema::{Field, Message, Primitive, Type, Versions};

/// Whether the struct borrows from the frame.
pub(crate) fn borrows(message: &Message, name: &str) -> bool {
    message.struct_named(name).fields.iter().any(|field| match &field.ty {
        Type::Primitive(Primitive::String | Primitive::Bytes | Primitive::Records) | Type::Array(_) => true,
        Type::Primitive(_) => false,
        Type::Struct(inner) => borrows(message, inner),
    })
}

/// `Topic<'a>` or `Topic`.
pub(crate) fn applied(message: &Message, name: &str) -> String {
    if borrows(message, name) { format!("{name}<'a>") } else { name.to_owned() }
}

pub(crate) fn rust_type(message: &Message, ty: &Type) -> String {
    match ty {
        Type::Primitive(primitive) => match primitive {
            Primitive::Bool => "bool",
            Primitive::Int8 => "i8",
            Primitive::Int16 => "i16",
            Primitive::Int32 => "i32",
            Primitive::Int64 => "i64",
            Primitive::Uint16 => "u16",
            Primitive::Uint32 => "u32",
            Primitive::Float64 => "f64",
            Primitive::Uuid => "TopicId",
            Primitive::String => "&'a str",
            Primitive::Bytes | Primitive::Records => "&'a [u8]",
        }
        .to_owned(),
        Type::Struct(name) => applied(message, name),
        Type::Array(inner) => format!("Array<'a, {}>", rust_type(message, inner)),
    }
}

pub(crate) fn schema_type(ty: &Type) -> String {
    match ty {
        Type::Primitive(primitive) => primitive.name().to_owned(),
        Type::Struct(name) => format!("[`{name}`]"),
        Type::Array(inner) => format!("array of {}", schema_type(inner)),
    }
}

pub(crate) fn field_type(message: &Message, field: &Field) -> String {
    let ty = rust_type(message, &field.ty);
    if field.nullable_from.is_some() { format!("Option<{ty}>") } else { ty }
}

/// The field's name as Rust takes it.
pub(crate) fn ident(name: &str) -> String {
    if matches!(name, "type" | "match") { format!("r#{name}") } else { name.to_owned() }
}

/// Whether `Default::default()` of the Rust type is the schema's default.
pub(crate) fn has_natural_default(field: &Field) -> bool {
    match (&field.default, field.nullable_from) {
        (Some(default), Some(_)) => default == "null",
        (Some(_), None) | (None, Some(_)) => false,
        (None, None) => true,
    }
}

/// The schema's default as a Rust expression.
pub(crate) fn default_value(field: &Field) -> String {
    match (&field.default, field.nullable_from) {
        (Some(default), _) if default == "null" => "None".to_owned(),
        (given, None) => plain_default(&field.ty, given.as_deref()),
        (given, Some(_)) => format!("Some({})", plain_default(&field.ty, given.as_deref())),
    }
}

pub(crate) fn plain_default(ty: &Type, given: Option<&str>) -> String {
    match ty {
        Type::Array(_) => "Array::default()".to_owned(),
        Type::Struct(name) => format!("{name}::default()"),
        Type::Primitive(primitive) => match primitive {
            Primitive::Bool => given.unwrap_or("false").to_owned(),
            Primitive::String => format!("\"{}\"", given.unwrap_or("")),
            Primitive::Bytes | Primitive::Records => "&[]".to_owned(),
            Primitive::Uuid => "TopicId::ZERO".to_owned(),
            Primitive::Float64 => given.unwrap_or("0.0").to_owned(),
            _ => grouped(given.unwrap_or("0")),
        },
    }
}

/// `2147483647` becomes `2_147_483_647`, which clippy asks for.
pub(crate) fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            out.push('_');
        }
        out.push(digit);
    }
    format!("{sign}{out}")
}

/// `for Topic<'_>`, `for Topic`.
pub(crate) fn anonymous(message: &Message, name: &str) -> String {
    applied(message, name).replace("'a", "'_")
}

/// The test whether the version has the field, or `None` where all versions of the struct have it.
pub(crate) fn condition(around: Versions, versions: Versions) -> Option<String> {
    match (versions.from > around.from, versions.to < around.to) {
        (false, false) => None,
        (true, false) => Some(format!("format.version >= {}", versions.from)),
        (false, true) => Some(format!("format.version <= {}", versions.to)),
        _ if versions.from == versions.to => Some(format!("format.version == {}", versions.from)),
        (true, true) => Some(format!("({}..={}).contains(&format.version)", versions.from, versions.to)),
    }
}

/// The opposite of what [`condition`] made.
pub(crate) fn negated(condition: &str) -> String {
    if condition.contains(">=") {
        condition.replace(">=", "<")
    } else if condition.contains("<=") {
        condition.replace("<=", ">")
    } else if condition.contains("==") {
        condition.replace("==", "!=")
    } else {
        format!("!{condition}")
    }
}

/// The test whether a field of `self` is at its default.
pub(crate) fn is_default(field: &Field) -> String {
    let name = format!("self.{}", ident(&field.name));
    let natural_null = field.default.as_deref() == Some("null");
    match (&field.ty, field.nullable_from.is_some()) {
        (_, true) if natural_null => format!("{name}.is_none()"),
        (Type::Array(_), true) => format!("{name}.as_ref().is_some_and(Array::is_empty)"),
        (Type::Array(_), false) => format!("{name}.is_empty()"),
        (Type::Primitive(Primitive::String | Primitive::Bytes | Primitive::Records), false)
            if field.default.is_none() =>
        {
            format!("{name}.is_empty()")
        }
        (Type::Primitive(Primitive::Bool), false) => match field.default.as_deref() {
            Some("true") => name,
            _ => format!("!{name}"),
        },
        (Type::Primitive(Primitive::Uuid), false) => format!("{name}.is_zero()"),
        _ => format!("{name} == {}", default_value(field)),
    }
}

/// The opposite of [`is_default`].
pub(crate) fn is_not_default(field: &Field) -> String {
    let test = is_default(field);
    if let Some(inner) = test.strip_prefix('!') {
        return inner.to_owned();
    }
    if let Some((left, right)) = test.split_once(" == ") {
        return format!("{left} != {right}");
    }
    match test.strip_suffix(".is_none()") {
        Some(inner) => format!("{inner}.is_some()"),
        None => format!("!{test}"),
    }
}

pub(crate) fn words(versions: Versions, last: i16) -> String {
    match versions {
        Versions { from, to } if to == last => format!("versions {from} and up"),
        Versions { from, to } if from == to => format!("version {from}"),
        Versions { from, to } => format!("versions {from} to {to}"),
    }
}
