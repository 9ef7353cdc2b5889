//! The `loglane` binary.
#![forbid(unsafe_code)]

fn main() {}
