//! A disk that can lose its power: a file system in a file, behind a loop device.
//!
//! There are two ways to lose it. A [`Cut::Journal`] is the file system's own shutdown request without a flush of its
//! journal: names, sizes, allocations and data in the page cache are gone unless they were synced; data that were written
//! directly are not. A [`Cut::Cache`] is a disk with a volatile cache of its own (`tests/python/volatile_disk.py`): any
//! sector that was not synced may be gone, however it was written, and its neighbour not.

use crate::skip::skip;
use crate::tool::{ensure_command, is_root, output};
use crate::wait::{LONG, wait_until};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Which file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystemKind {
    /// ext4.
    Ext4,
    /// XFS.
    Xfs,
}

/// What is lost when the power goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// What the file system has not synced.
    Journal,
    /// What the disk has not synced; the seed says which sectors of it.
    Cache(u64),
}

/// A mounted file system that can lose its power; unmounted when dropped.
#[derive(Debug)]
pub struct Disk {
    kind: FileSystemKind,
    image: PathBuf,
    mount: PathBuf,
    mounted: bool,
    cache: Option<CacheServer>,
}

/// Room for a metadata log and the segments of a test; XFS takes no less than 300 MB.
const IMAGE_BYTES: u64 = 512 << 20;

impl Disk {
    /// Makes and mounts one below `folder`; says `SKIPPED` where this machine cannot.
    ///
    /// # Panics
    /// When a machine that should be able is not.
    #[must_use]
    pub fn or_skip(kind: FileSystemKind, cut: Cut, folder: &Path) -> Option<Disk> {
        if !is_root() {
            skip("mounting needs root");
            return None;
        }
        let needed: &[&str] = match cut {
            Cut::Journal => &["/dev/loop-control"],
            Cut::Cache(_) => &["/dev/loop-control", "/dev/fuse"],
        };
        if let Some(missing) = needed.iter().find(|device| !Path::new(device).exists()) {
            skip(&format!("there is no {missing}"));
            return None;
        }
        let (make, package) = match kind {
            FileSystemKind::Ext4 => ("mkfs.ext4", "e2fsprogs"),
            FileSystemKind::Xfs => ("mkfs.xfs", "xfsprogs"),
        };
        if !ensure_command(make, package) || !ensure_command("python3", "python3") {
            return None;
        }
        let stable = folder.join("stable");
        let mount = folder.join("mount");
        File::create(&stable).and_then(|file| file.set_len(IMAGE_BYTES)).expect("an image can be made");
        fs::create_dir_all(&mount).expect("a mount point can be made");
        output(Command::new(make).arg("-q").arg(&stable)).expect("a file system can be made");
        let (image, cache) = match cut {
            Cut::Journal => (stable, None),
            Cut::Cache(seed) => match CacheServer::start(folder, &stable, seed) {
                Ok(server) => (server.mount.join("disk"), Some(server)),
                Err(error) => {
                    skip(&format!("FUSE cannot be mounted here: {error}"));
                    return None;
                }
            },
        };
        let mut disk = Disk { kind, image, mount, mounted: false, cache };
        if let Err(error) = disk.try_mount() {
            skip(&format!("a loop device cannot be mounted here: {error}"));
            return None;
        }
        Some(disk)
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.mount
    }

    fn try_mount(&mut self) -> Result<(), String> {
        let kind = match self.kind {
            FileSystemKind::Ext4 => "ext4",
            FileSystemKind::Xfs => "xfs",
        };
        output(Command::new("mount").args(["-t", kind, "-o", "loop"]).arg(&self.image).arg(&self.mount))?;
        self.mounted = true;
        Ok(())
    }

    /// Cuts the power: nothing that is not on the disk yet will get there, and every access fails from now on.
    ///
    /// # Panics
    /// When that does not work.
    pub fn cut(&mut self) {
        if let Some(cache) = &mut self.cache {
            cache.command("cut");
            return;
        }
        // EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN have the same number; 2 means: without flushing the log.
        let program = "import fcntl, os, struct, sys\n\
            fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";
        output(Command::new("python3").args(["-c", program]).arg(&self.mount))
            .expect("the file system shuts down");
    }

    /// Lets go of the dead disk and mounts it again, which replays the journal. Nobody may have files open there.
    ///
    /// # Panics
    /// When somebody has, or the file system cannot be mounted.
    pub fn power_on(&mut self) {
        self.try_power_on().expect("it was mounted before");
    }

    /// The same for a disk that may have lost its file system.
    ///
    /// # Errors
    /// What `mount` says of it.
    ///
    /// # Panics
    /// When somebody has files open there.
    pub fn try_power_on(&mut self) -> Result<(), String> {
        // The kernel lets go of the files of a killed process's ring a little after its end.
        wait_until("the disk to be let go", LONG, || output(Command::new("umount").arg(&self.mount)).ok());
        self.mounted = false;
        if let Some(cache) = &mut self.cache {
            cache.command("return");
        }
        self.try_mount()
    }

    /// Whether syncs do what they say, as they do in the beginning. For a disk with a cache only.
    ///
    /// # Panics
    /// For a disk without one.
    pub fn set_honest(&mut self, honest: bool) {
        let cache = self.cache.as_mut().expect("only a disk with a cache can lie");
        cache.command(if honest { "honest" } else { "lie" });
    }

    /// Makes everything durable that was written so far.
    ///
    /// # Panics
    /// When the disk is dead.
    pub fn sync(&self) {
        output(Command::new("sync").arg("-f").arg(&self.mount)).expect("a healthy disk syncs");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted && output(Command::new("umount").arg(&self.mount)).is_err() {
            // Somebody still has files open: let go of it as soon as they do.
            let _ = output(Command::new("umount").arg("-l").arg(&self.mount));
        }
    }
}

/// The program that plays a disk with a cache.
#[derive(Debug)]
struct CacheServer {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    mount: PathBuf,
}

impl CacheServer {
    fn start(folder: &Path, stable: &Path, seed: u64) -> Result<CacheServer, String> {
        let mount = folder.join("device");
        fs::create_dir_all(&mount).map_err(|error| error.to_string())?;
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../python/volatile_disk.py");
        let mut command = Command::new("python3");
        command.arg(program).arg(&mount).arg(stable).arg(seed.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        let mut server = CacheServer { child, commands, answers, mount };
        match server.answer().as_str() {
            "ready" => Ok(server),
            other => Err(format!("{command:?} says {other:?}")),
        }
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the disk's program can be read from");
        line.trim().to_owned()
    }

    fn command(&mut self, command: &str) -> String {
        writeln!(self.commands.as_mut().expect("it runs"), "{command}").expect("the disk's program reads");
        self.answer()
    }
}

impl Drop for CacheServer {
    fn drop(&mut self) {
        // End of input ends it, and it unmounts itself.
        self.commands.take();
        let _ = self.child.wait();
    }
}
