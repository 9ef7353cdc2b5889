//! The roofline says a figure above zero for each step.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

#[test]
fn every_step_has_a_figure() {
    let output = Command::new(env!("CARGO_BIN_EXE_roofline"))
        .arg(std::env::temp_dir())
        .arg("5")
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    for step in ["rx", "tx", "copy", "crc", "dma", "dma_durable", "dma_read", "flush"] {
        let figure = text.split_once(&format!("\"{step}\": ")).map(|(_, rest)| rest);
        let digits = figure.unwrap_or_default().split([',', '}']).next().unwrap_or_default();
        assert!(digits.parse::<f64>().is_ok_and(|figure| figure > 0.0), "{step}: {text}");
    }
}
