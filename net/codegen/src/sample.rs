//! Random valid bytes of a message, written straight from the schema: an encoder that shares no code with the
//! generated one, for tests to compare the two.

use crate::schema::{Field, Message, Primitive, Struct, Type};

/// A small pseudo-random generator (splitmix64), so that a seed tells the whole story.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next_u64() % end as u64).expect("below a usize")
    }

    /// True one time in `of`.
    pub fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

/// Random bytes that are one message in `version`. Tagged fields appear where they are not at their default, in
/// the order of their tags, so that a correct codec gives back the same bytes.
#[must_use]
pub fn sample(message: &Message, version: i16, random: &mut Random) -> Vec<u8> {
    sample_of(message, version, random, &Vocabulary::default())
}

/// What mostly stands in a sample where there would be noise: values that mean something to whoever reads it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vocabulary<'v> {
    /// For strings.
    pub strings: &'v [&'v str],
    /// For bytes and records.
    pub bytes: &'v [&'v [u8]],
    /// For ids of topics, directories and the like.
    pub ids: &'v [[u8; 16]],
    /// For numbers, which then are no others.
    pub numbers: &'v [i64],
}

/// As [`sample`], with values from `vocabulary` in three places of four where it has some.
#[must_use]
pub fn sample_of(
    message: &Message,
    version: i16,
    random: &mut Random,
    vocabulary: &Vocabulary<'_>,
) -> Vec<u8> {
    let flexible = message.flexible_from.is_some_and(|from| version >= from);
    let mut out = Vec::new();
    Writer { message, version, flexible, random, vocabulary, depth: 0 }
        .structure(&message.structs[0], &mut out);
    out
}

struct Writer<'w> {
    message: &'w Message,
    version: i16,
    flexible: bool,
    random: &'w mut Random,
    vocabulary: &'w Vocabulary<'w>,
    depth: usize,
}

/// One of `known`, where there are any and chance has it.
fn known<T: Copy>(known: &[T], random: &mut Random) -> Option<T> {
    // Nothing is drawn where nothing is known: the samples of a seed stay what they are.
    if known.is_empty() || random.one_in(4) {
        return None;
    }
    Some(known[random.below(known.len())])
}

impl Writer<'_> {
    fn structure(&mut self, this: &Struct, out: &mut Vec<u8>) {
        self.depth += 1;
        for field in this.fields.iter().filter(|field| field.tag.is_none()) {
            if field.versions.contains(self.version) {
                self.field(field, out, false);
            }
        }
        if self.flexible {
            self.tagged_fields(this, out);
        }
        self.depth -= 1;
    }

    fn tagged_fields(&mut self, this: &Struct, out: &mut Vec<u8>) {
        let mut tagged = Vec::new();
        for field in &this.fields {
            let Some(tag) = field.tag.filter(|_| field.versions.contains(self.version)) else { continue };
            if self.random.one_in(2) {
                continue;
            }
            let mut value = Vec::new();
            self.field(field, &mut value, true);
            if value != self.default_bytes(field) {
                tagged.push((tag, value));
            }
        }
        tagged.sort();
        varint(out, tagged.len());
        for (tag, value) in tagged {
            varint(out, tag as usize);
            varint(out, value.len());
            out.extend(value);
        }
    }

    /// What a tagged field looks like at its default, in which case it is left out.
    fn default_bytes(&mut self, field: &Field) -> Vec<u8> {
        let mut out = Vec::new();
        let default = field.default.as_deref();
        if default == Some("null") {
            self.null(&field.ty, &mut out);
            return out;
        }
        match &field.ty {
            Type::Array(_) => self.length(Some(0), &mut out),
            Type::Struct(name) => {
                if field.nullable_from.is_some() {
                    out.push(1);
                }
                let this = self.message.struct_named(name);
                for inner in this.fields.iter().filter(|inner| inner.tag.is_none()) {
                    if inner.versions.contains(self.version) {
                        out.extend(self.default_bytes(inner));
                    }
                }
                varint(&mut out, 0);
            }
            Type::Primitive(primitive) => {
                let number = |default: Option<&str>| {
                    default.map_or(0, |text| text.parse::<i64>().expect("a number")).to_be_bytes()
                };
                match primitive {
                    Primitive::Bool => out.push(u8::from(default == Some("true"))),
                    Primitive::Int8 => out.extend(&number(default)[7..]),
                    Primitive::Int16 | Primitive::Uint16 => out.extend(&number(default)[6..]),
                    Primitive::Int32 | Primitive::Uint32 => out.extend(&number(default)[4..]),
                    Primitive::Int64 => out.extend(number(default)),
                    Primitive::Float64 => out.extend(0f64.to_be_bytes()),
                    Primitive::Uuid => out.extend([0; 16]),
                    Primitive::String | Primitive::Bytes | Primitive::Records => {
                        assert_eq!(default, None, "no default but empty and null is known");
                        self.string_length(*primitive, 0, &mut out);
                    }
                }
            }
        }
        out
    }

    fn field(&mut self, field: &Field, out: &mut Vec<u8>, tagged: bool) {
        let nullable = field.nullable_from.is_some_and(|from| self.version >= from);
        let one_in = if tagged { 8 } else { 3 };
        if nullable && self.random.one_in(one_in) {
            match field.ty {
                // A tagged struct says with a varint whether it is there, others with a signed byte.
                Type::Struct(_) if tagged => out.push(0),
                _ => self.null(&field.ty, out),
            }
        } else {
            if nullable && matches!(field.ty, Type::Struct(_)) {
                out.push(1);
            }
            self.value(&field.ty, out);
        }
    }

    fn null(&mut self, ty: &Type, out: &mut Vec<u8>) {
        match ty {
            Type::Struct(_) => out.push(0xff),
            _ if self.flexible => out.push(0),
            Type::Primitive(Primitive::String) => out.extend([0xff; 2]),
            Type::Primitive(_) | Type::Array(_) => out.extend([0xff; 4]),
        }
    }

    fn value(&mut self, ty: &Type, out: &mut Vec<u8>) {
        match ty {
            Type::Struct(name) => self.structure(self.message.struct_named(name), out),
            Type::Array(inner) => {
                let count = self.random.below(if self.depth > 2 { 3 } else { 4 });
                self.length(Some(count), out);
                (0..count).for_each(|_| self.value(inner, out));
            }
            Type::Primitive(primitive) => self.primitive(*primitive, out),
        }
    }

    fn primitive(&mut self, primitive: Primitive, out: &mut Vec<u8>) {
        // Small numbers, their negatives and wide ones all matter: zero and −1 are the usual defaults.
        let bits = self.random.next_u64() >> (self.random.below(64));
        let number = if self.random.one_in(3) { bits.wrapping_neg() } else { bits }.to_be_bytes();
        let number = match self.vocabulary.numbers {
            [] => number,
            known => known[self.random.below(known.len())].to_be_bytes(),
        };
        match primitive {
            Primitive::Bool => out.push(number[7] & 1),
            Primitive::Int8 => out.extend(&number[7..]),
            Primitive::Int16 | Primitive::Uint16 => out.extend(&number[6..]),
            Primitive::Int32 | Primitive::Uint32 => out.extend(&number[4..]),
            Primitive::Int64 => out.extend(number),
            Primitive::Float64 => out.extend((f64::from(number[7]) / 4.0).to_be_bytes()),
            Primitive::Uuid => {
                if let Some(id) = known(self.vocabulary.ids, self.random) {
                    out.extend(id);
                    return;
                }
                let zero = self.random.one_in(4);
                for _ in 0..2 {
                    let half = if zero { 0 } else { self.random.next_u64() };
                    out.extend(half.to_be_bytes());
                }
            }
            Primitive::String => {
                let text: String = (0..self.random.below(9))
                    .map(|_| ['a', 'Z', '0', 'é', '☃', '-'][self.random.below(6)])
                    .collect();
                let text = if self.random.one_in(40) { text.repeat(40) } else { text };
                let text = known(self.vocabulary.strings, self.random).map_or(text, str::to_owned);
                self.string_length(primitive, text.len(), out);
                out.extend(text.as_bytes());
            }
            Primitive::Bytes | Primitive::Records => {
                if let Some(bytes) = known(self.vocabulary.bytes, self.random) {
                    self.string_length(primitive, bytes.len(), out);
                    out.extend(bytes);
                    return;
                }
                let most = if self.random.one_in(20) { 400 } else { 12 };
                let count = self.random.below(most);
                self.string_length(primitive, count, out);
                (0..count).for_each(|_| out.push(self.random.next_u64().to_be_bytes()[0]));
            }
        }
    }

    fn string_length(&mut self, primitive: Primitive, count: usize, out: &mut Vec<u8>) {
        if self.flexible || primitive != Primitive::String {
            self.length(Some(count), out);
        } else {
            out.extend(u16::try_from(count).expect("short").to_be_bytes());
        }
    }

    fn length(&mut self, count: Option<usize>, out: &mut Vec<u8>) {
        match (self.flexible, count) {
            (true, count) => varint(out, count.map_or(0, |count| count + 1)),
            (false, None) => out.extend([0xff; 4]),
            (false, Some(count)) => out.extend(u32::try_from(count).expect("short").to_be_bytes()),
        }
    }
}

fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).expect("below 128"));
}
