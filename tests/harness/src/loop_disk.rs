//! A disk that can lose its power: a file system in a file, behind a loop device.
//!
//! The cut is the file system's own shutdown request without a flush of its journal: what was not synced is gone, as
//! after a power cut, and the mount answers errors from then on.

use crate::skip::skip;
use crate::tool::{ensure_command, is_root, output};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystemKind {
    /// ext4.
    Ext4,
    /// XFS.
    Xfs,
}

/// A mounted file system in a file; unmounted when dropped.
#[derive(Debug)]
pub struct LoopDisk {
    kind: FileSystemKind,
    image: PathBuf,
    mount: PathBuf,
    mounted: bool,
}

/// Room for a metadata log and the segments of a test; XFS takes no less than 300 MB.
const IMAGE_BYTES: u64 = 512 << 20;

impl LoopDisk {
    /// Makes and mounts one below `folder`; says `SKIPPED` where this machine cannot.
    ///
    /// # Panics
    /// When a machine that should be able is not.
    #[must_use]
    pub fn or_skip(kind: FileSystemKind, folder: &Path) -> Option<LoopDisk> {
        if !is_root() {
            skip("mounting needs root");
            return None;
        }
        if !Path::new("/dev/loop-control").exists() {
            skip("there are no loop devices");
            return None;
        }
        let (make, package) = match kind {
            FileSystemKind::Ext4 => ("mkfs.ext4", "e2fsprogs"),
            FileSystemKind::Xfs => ("mkfs.xfs", "xfsprogs"),
        };
        if !ensure_command(make, package) || !ensure_command("python3", "python3") {
            return None;
        }
        let image = folder.join("disk");
        let mount = folder.join("mount");
        File::create(&image).and_then(|file| file.set_len(IMAGE_BYTES)).expect("an image can be made");
        fs::create_dir_all(&mount).expect("a mount point can be made");
        output(Command::new(make).arg("-q").arg(&image)).expect("a file system can be made");
        let mut disk = LoopDisk { kind, image, mount, mounted: false };
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

    /// Mounts again after [`LoopDisk::unmount`]; the journal is replayed.
    ///
    /// # Panics
    /// When that fails.
    pub fn mount(&mut self) {
        self.try_mount().expect("it was mounted before");
    }

    /// Unmounts; nobody may have files open there.
    ///
    /// # Panics
    /// When somebody has.
    pub fn unmount(&mut self) {
        output(Command::new("umount").arg(&self.mount)).expect("nobody uses the disk");
        self.mounted = false;
    }

    /// Cuts the power: nothing that is not on the disk yet will get there.
    ///
    /// # Panics
    /// When the file system refuses.
    pub fn cut(&self) {
        // EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN have the same number; 2 means: without flushing the log.
        let program = "import fcntl, os, struct, sys\n\
            fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";
        output(Command::new("python3").args(["-c", program]).arg(&self.mount))
            .expect("the file system shuts down");
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        if self.mounted && output(Command::new("umount").arg(&self.mount)).is_err() {
            // Somebody still has files open: let go of it as soon as they do.
            let _ = output(Command::new("umount").arg("-l").arg(&self.mount));
        }
    }
}
