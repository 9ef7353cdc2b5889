//! The variable-length integers of Kafka: zigzag ones inside records, unsigned ones in flexible messages.

/// Reads an unsigned varint of at most 5 bytes; returns it and the bytes it took. `None`: cut short or too long.
#[must_use]
pub fn read_u32(bytes: &[u8]) -> Option<(u32, usize)> {
    let mut value: u64 = 0;
    for (at, &byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((u32::try_from(value).ok()?, at + 1));
        }
    }
    None
}

/// Reads an unsigned varint of at most 10 bytes; returns it and the bytes it took.
#[must_use]
pub fn read_u64(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value: u128 = 0;
    for (at, &byte) in bytes.iter().enumerate().take(10) {
        value |= u128::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((u64::try_from(value).ok()?, at + 1));
        }
    }
    None
}

/// Reads a zigzag varint (a record's lengths and offset delta); returns it and the bytes it took.
#[must_use]
pub fn read_i32(bytes: &[u8]) -> Option<(i32, usize)> {
    let (value, taken) = read_u32(bytes)?;
    Some(((value >> 1).cast_signed() ^ -(value & 1).cast_signed(), taken))
}

/// Reads a zigzag varlong (a record's timestamp delta); returns it and the bytes it took.
#[must_use]
pub fn read_i64(bytes: &[u8]) -> Option<(i64, usize)> {
    let (value, taken) = read_u64(bytes)?;
    Some(((value >> 1).cast_signed() ^ -(value & 1).cast_signed(), taken))
}

/// Appends an unsigned varint.
pub fn write_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

/// Appends an unsigned varint.
pub fn write_u32(out: &mut Vec<u8>, value: u32) {
    write_u64(out, u64::from(value));
}

/// Appends a zigzag varint.
pub fn write_i32(out: &mut Vec<u8>, value: i32) {
    write_u32(out, ((value << 1) ^ (value >> 31)).cast_unsigned());
}

/// Appends a zigzag varlong.
pub fn write_i64(out: &mut Vec<u8>, value: i64) {
    write_u64(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_survives_the_round_trip() {
        let mut interesting = vec![0i64, 1, -1, 63, 64, -64, -65, i64::MAX, i64::MIN];
        interesting.extend((0..63).flat_map(|bit| [1i64 << bit, -(1i64 << bit), (1i64 << bit) - 1]));
        for value in interesting {
            let mut out = Vec::new();
            write_i64(&mut out, value);
            assert_eq!(read_i64(&out), Some((value, out.len())));
            if let Ok(small) = i32::try_from(value) {
                let mut out = Vec::new();
                write_i32(&mut out, small);
                assert_eq!(read_i32(&out), Some((small, out.len())));
            }
        }
    }

    #[test]
    fn a_varint_that_is_cut_or_too_long_is_refused() {
        assert_eq!(read_u32(&[0x80]), None);
        assert_eq!(read_u32(&[0xff; 6]), None);
        assert_eq!(read_u32(&[0xff, 0xff, 0xff, 0xff, 0x7f]), None, "33 bits do not fit");
        assert_eq!(read_u64(&[0xff; 11]), None);
        assert_eq!(read_u64(&[]), None);
    }
}
