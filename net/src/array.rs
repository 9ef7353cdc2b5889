//! Arrays inside messages: checked bytes that are read again when somebody iterates, or elements to be written.

use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;
use std::fmt;
use std::slice;

/// A value that has a form on the wire. The generated structs implement it, and what arrays may hold.
pub trait Element<'a>: Clone + PartialEq + fmt::Debug {
    /// Bytes of every value, where that number is fixed; else 0.
    const FIXED_BYTES: usize = 0;

    /// Reads and checks one value.
    ///
    /// # Errors
    /// The bytes are no such value.
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError>;

    /// Appends the value.
    ///
    /// # Errors
    /// The format cannot hold it.
    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError>;
}

/// Any number of `T`.
///
/// A decoded array borrows the frame: decoding has checked every element, so that iterating cannot fail, and it
/// reads them again. To encode, make one [`From`] a vector or a slice.
#[derive(Clone)]
pub struct Array<'a, T>(Holding<'a, T>);

#[derive(Clone)]
enum Holding<'a, T> {
    /// `bytes` hold exactly `count` valid elements in this format.
    Wire {
        bytes: &'a [u8],
        count: usize,
        format: Format,
    },
    Owned(Vec<T>),
    Borrowed(&'a [T]),
}

impl<'a, T: Element<'a>> Array<'a, T> {
    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Holding::Wire { count, .. } => *count,
            Holding::Owned(elements) => elements.len(),
            Holding::Borrowed(elements) => elements.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in order, by value: read from the frame, or cloned.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, 'a, T> {
        Iter(match &self.0 {
            Holding::Wire { bytes, count, format } => {
                Walk::Wire { reader: Reader::new(bytes), left: *count, format: *format }
            }
            Holding::Owned(elements) => Walk::Held(elements.iter()),
            Holding::Borrowed(elements) => Walk::Held(elements.iter()),
        })
    }

    /// Reads and checks an array.
    ///
    /// # Errors
    /// It is null, too long, or one of its elements is wrong.
    pub fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let count = reader.count(format)?;
        Array::read_elements(reader, count, format)
    }

    /// Reads and checks an array that may be null.
    ///
    /// # Errors
    /// It is too long, or one of its elements is wrong.
    pub fn read_nullable(reader: &mut Reader<'a>, format: Format) -> Result<Option<Self>, DecodeError> {
        let count = reader.nullable_count(format)?;
        count.map(|count| Array::read_elements(reader, count, format)).transpose()
    }

    fn read_elements(reader: &mut Reader<'a>, count: usize, format: Format) -> Result<Self, DecodeError> {
        let start = reader.rest();
        let bytes = if T::FIXED_BYTES > 0 {
            reader.take(count * T::FIXED_BYTES)?
        } else {
            for _ in 0..count {
                T::read(reader, format)?;
            }
            &start[..start.len() - reader.rest().len()]
        };
        Ok(Array(Holding::Wire { bytes, count, format }))
    }

    /// Appends the array.
    ///
    /// # Errors
    /// The format cannot hold one of the elements.
    pub fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::count(out, self.len(), format)?;
        match &self.0 {
            Holding::Owned(elements) => elements.iter().try_for_each(|element| element.write(out, format)),
            Holding::Borrowed(elements) => elements.iter().try_for_each(|element| element.write(out, format)),
            Holding::Wire { .. } => self.iter().try_for_each(|element| element.write(out, format)),
        }
    }
}

impl<T> Default for Array<'_, T> {
    fn default() -> Self {
        Array(Holding::Borrowed(&[]))
    }
}

impl<T> From<Vec<T>> for Array<'_, T> {
    fn from(elements: Vec<T>) -> Self {
        Array(Holding::Owned(elements))
    }
}

impl<T, const N: usize> From<[T; N]> for Array<'_, T> {
    fn from(elements: [T; N]) -> Self {
        Array(Holding::Owned(elements.into()))
    }
}

impl<'a, T> From<&'a [T]> for Array<'a, T> {
    fn from(elements: &'a [T]) -> Self {
        Array(Holding::Borrowed(elements))
    }
}

impl<T> FromIterator<T> for Array<'_, T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Array(Holding::Owned(elements.into_iter().collect()))
    }
}

impl<'a, T: Element<'a>> PartialEq for Array<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<'a, T: Element<'a>> fmt::Debug for Array<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'s, 'a, T: Element<'a>> IntoIterator for &'s Array<'a, T> {
    type Item = T;
    type IntoIter = Iter<'s, 'a, T>;

    fn into_iter(self) -> Iter<'s, 'a, T> {
        self.iter()
    }
}

/// The elements of an [`Array`].
#[derive(Debug, Clone)]
pub struct Iter<'s, 'a, T>(Walk<'s, 'a, T>);

#[derive(Debug, Clone)]
enum Walk<'s, 'a, T> {
    Wire { reader: Reader<'a>, left: usize, format: Format },
    Held(slice::Iter<'s, T>),
}

impl<'a, T: Element<'a>> Iterator for Iter<'_, 'a, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Walk::Wire { left: 0, .. } => None,
            Walk::Wire { reader, left, format } => {
                *left -= 1;
                Some(T::read(reader, *format).expect("checked when the array was decoded"))
            }
            Walk::Held(elements) => elements.next().cloned(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match &self.0 {
            Walk::Wire { left, .. } => *left,
            Walk::Held(elements) => elements.len(),
        };
        (left, Some(left))
    }
}

impl<'a, T: Element<'a>> ExactSizeIterator for Iter<'_, 'a, T> {}

macro_rules! fixed_element {
    ($type:ty, $method:ident) => {
        impl<'a> Element<'a> for $type {
            const FIXED_BYTES: usize = size_of::<$type>();

            #[inline]
            fn read(reader: &mut Reader<'a>, _format: Format) -> Result<Self, DecodeError> {
                reader.$method()
            }

            #[inline]
            fn write(&self, out: &mut Vec<u8>, _format: Format) -> Result<(), EncodeError> {
                put::$method(out, *self);
                Ok(())
            }
        }
    };
}

fixed_element!(i8, int8);
fixed_element!(i16, int16);
fixed_element!(i32, int32);
fixed_element!(i64, int64);
fixed_element!(TopicId, uuid);

impl<'a> Element<'a> for &'a str {
    #[inline]
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        reader.string(format)
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self, format)
    }
}

/// Reads a struct that may be null.
///
/// # Errors
/// The bytes are no such struct.
#[inline]
pub fn read_nullable_struct<'a, T: Element<'a>>(
    reader: &mut Reader<'a>,
    format: Format,
) -> Result<Option<T>, DecodeError> {
    if reader.struct_follows()? { T::read(reader, format).map(Some) } else { Ok(None) }
}

/// Reads a tagged struct that may be null.
///
/// # Errors
/// The bytes are no such struct.
#[inline]
pub fn read_tagged_nullable_struct<'a, T: Element<'a>>(
    reader: &mut Reader<'a>,
    format: Format,
) -> Result<Option<T>, DecodeError> {
    if reader.unsigned_varint()? > 0 { T::read(reader, format).map(Some) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPACT: Format = Format { version: 1, flexible: true };

    #[test]
    fn a_decoded_array_equals_the_one_that_was_written() {
        let names = Array::from(vec!["a", "", "long name"]);
        let mut out = Vec::new();
        names.write(&mut out, COMPACT).unwrap();
        let mut reader = Reader::new(&out);
        let read = Array::<&str>::read(&mut reader, COMPACT).unwrap();
        reader.finish().unwrap();
        assert_eq!(read, names);
        assert_eq!(read.iter().collect::<Vec<_>>(), ["a", "", "long name"]);
        assert_eq!(format!("{read:?}"), r#"["a", "", "long name"]"#);
    }

    #[test]
    fn a_wrong_element_fails_the_decoding_and_not_the_iteration() {
        let bytes = [3, 2, b'a', 2, 0xff];
        let read = Array::<&str>::read(&mut Reader::new(&bytes), COMPACT);
        assert_eq!(read, Err(DecodeError::InvalidUtf8));
        let cut = [4, 0, 0, 0, 1];
        assert_eq!(Array::<i32>::read(&mut Reader::new(&cut), COMPACT), Err(DecodeError::Truncated));
    }
}
