//! The lock of a data directory excludes a JVM, and a JVM's excludes us: Kafka takes it with `FileChannel.tryLock`.

use loglane_model::FileSystem;
use loglane_ring::OsFileSystem;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Says whether it got the lock, and keeps it until its input ends.
const TRY_LOCK: &str = r#"
import java.nio.channels.*;
import java.nio.file.*;
class TryLock {
    public static void main(String[] args) throws Exception {
        FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        System.out.println(lock == null ? "refused" : "locked");
        System.in.read();
    }
}
"#;

#[test]
fn a_jvm_and_the_broker_exclude_each_other() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("jvm-lock-{}", std::process::id()));
    let fs = OsFileSystem::new();
    fs.create_dir_all(&dir).unwrap();
    let (program, lock) = (dir.join("TryLock.java"), dir.join(".lock"));
    std::fs::write(&program, TRY_LOCK).unwrap();

    let held = fs.lock(&lock).unwrap().expect("nobody has it");
    let jvm = |answer: &str, meanwhile: &dyn Fn()| -> bool {
        let spawned = Command::new("java")
            .args(["-Xshare:auto", "-XX:TieredStopAtLevel=1"])
            .arg(&program)
            .arg(&lock)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut jvm) = spawned else {
            eprintln!("SKIPPED: there is no java here");
            return false;
        };
        let mut line = String::new();
        BufReader::new(jvm.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), answer);
        meanwhile();
        jvm.stdin.take().unwrap().write_all(b"\n").unwrap();
        assert!(jvm.wait().unwrap().success());
        true
    };
    if jvm("refused", &|| {}) {
        drop(held);
        jvm("locked", &|| assert!(fs.lock(&lock).unwrap().is_none(), "the JVM has it"));
        assert!(fs.lock(&lock).unwrap().is_some(), "the JVM is gone");
    }
    std::fs::remove_dir_all(dir).unwrap();
}
