use super::*;
use loglane_ring::sim::{DiskCall, World};
use std::sync::Arc;

const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qk";

struct Disk {
    world: World,
    fs: Arc<dyn FileSystem>,
}

impl Disk {
    fn new() -> Disk {
        let world = World::new(1);
        Disk { fs: world.file_system(), world }
    }

    fn put(&self, path: &str, text: &str) {
        let path = Path::new(path);
        self.fs.create_dir_all(path.parent().unwrap()).unwrap();
        self.fs.replace_whole(path, text.as_bytes()).unwrap();
    }

    fn format(&self, dir: &str, cluster: &str, node: i32, directory: u8) {
        let id = TopicId([directory; 16]);
        let meta = MetaProperties {
            cluster_id: cluster.to_owned(),
            node_id: BrokerId(node),
            directory_id: Some(id),
        };
        self.put(&format!("{dir}/meta.properties"), &meta.encode());
    }

    fn open(&self, dirs: &[&str]) -> Result<Directories, Fatal> {
        self.open_as(dirs, None)
    }

    fn open_as(&self, dirs: &[&str], cluster_id: Option<&str>) -> Result<Directories, Fatal> {
        let paths: Vec<&Path> = dirs.iter().map(Path::new).collect();
        let inputs =
            DirectoryInputs { paths: &paths, metadata_log_dir: paths[0], node_id: BrokerId(1), cluster_id };
        Directories::open(&*self.fs, &inputs)
    }

    #[track_caller]
    fn refused(&self, dirs: &[&str], code: FatalCode, what: &str) {
        let fatal = self.open(dirs).unwrap_err();
        assert_eq!(fatal.code, code, "{fatal}");
        assert!(fatal.what.contains(what), "{fatal}");
    }
}

#[test]
fn a_missing_or_empty_directory_is_to_be_formatted() {
    let disk = Disk::new();
    disk.fs.create_dir_all(Path::new("/mounted/lost+found")).unwrap();
    let opened = disk.open(&["/data/new", "/mounted"]).unwrap();
    assert_eq!(opened.online.len(), 2);
    assert!(opened.online.iter().all(|directory| directory.meta.is_none()));
    assert_eq!((opened.cluster_id, opened.metadata), (None, 0));
}

#[test]
fn a_used_directory_says_whose_it_is() {
    let disk = Disk::new();
    disk.format("/a", CLUSTER, 1, 7);
    disk.put("/a/orders-0/00000000000000000000.log", "");
    disk.put("/a/__cluster_metadata-0/00000000000000000000.log", "");
    disk.put("/a/notes.txt", "plain files disturb nobody");
    let opened = disk.open_as(&["/a", "/b"], Some(CLUSTER)).unwrap();
    assert_eq!(opened.cluster_id.as_deref(), Some(CLUSTER));
    assert_eq!(opened.online[0].meta.as_ref().unwrap().directory_id, Some(TopicId([7; 16])));
    assert_eq!(opened.online[1].meta, None);
}

#[test]
fn a_second_start_is_refused_until_the_first_has_ended() {
    let disk = Disk::new();
    let first = disk.open(&["/a"]).unwrap();
    disk.refused(&["/a"], FatalCode::DirectoryInUse, "/a is in use");
    drop(first);
    assert!(disk.open(&["/a"]).is_ok());
}

#[test]
fn a_directory_of_somebody_else_is_refused_and_left_alone() {
    let disk = Disk::new();
    for name in ["b.txt", "a.txt", "c.txt", "d.txt"] {
        disk.put(&format!("/letters/{name}"), "");
    }
    disk.refused(&["/letters"], FatalCode::ForeignDirectory, "it holds a.txt, b.txt, c.txt and 1 more");
    assert_eq!(disk.fs.list(Path::new("/letters")).unwrap().len(), 4);
    disk.format("/a", CLUSTER, 1, 1);
    disk.put("/a/photos/1.jpg", "");
    disk.refused(&["/a"], FatalCode::ForeignDirectory, "photos");
}

#[test]
fn partitions_without_meta_properties_are_no_empty_directory() {
    let disk = Disk::new();
    disk.put("/a/orders-0/00000000000000000000.log", "");
    disk.refused(&["/a"], FatalCode::BadMetaProperties, "holds partitions, but no meta.properties");
}

#[test]
fn what_a_start_has_left_that_died_while_it_formatted_is_as_good_as_nothing() {
    let disk = Disk::new();
    disk.put("/a/bootstrap.checkpoint", "");
    disk.put("/a/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint.tmp", "");
    disk.put("/a/meta.properties.tmp", "version=1");
    assert_eq!(disk.open(&["/a"]).unwrap().online[0].meta, None);
    disk.put("/a/orders-0/00000000000000000000.log", "");
    disk.refused(&["/a"], FatalCode::BadMetaProperties, "holds partitions, but no meta.properties");
}

#[test]
fn damaged_meta_properties_are_refused_with_the_cause() {
    for (text, cause) in [
        ("version=0\nbroker.id=1\ncluster.id=x", "with ZooKeeper"),
        ("version=1\nnode.id=1", "lacks cluster.id"),
        ("version=1\ncluster.id=x", "lacks node.id"),
        ("version=1\ncluster.id=x\nnode.id=1\ndirectory.id=y", "no uuid"),
    ] {
        let disk = Disk::new();
        disk.put("/a/meta.properties", text);
        let fatal = disk.open(&["/a"]).unwrap_err();
        assert_eq!(fatal.code, FatalCode::BadMetaProperties, "{text}");
        assert!(fatal.cause.contains(cause), "{fatal}");
    }
    let disk = Disk::new();
    disk.put("/a/meta.properties", &"#".repeat(100_000));
    assert!(disk.open(&["/a"]).unwrap_err().cause.contains("far longer"));
}

#[test]
fn directories_agree_on_cluster_and_node() {
    let disk = Disk::new();
    disk.format("/a", CLUSTER, 1, 1);
    disk.format("/b", "another", 1, 2);
    disk.refused(&["/a", "/b"], FatalCode::ClusterIdMismatch, "/b belongs to cluster another, and /a says");
    let fatal = disk.open_as(&["/a"], Some("asked")).unwrap_err();
    assert!(fatal.what.contains("loglane.cluster.id says asked"), "{fatal}");
    disk.format("/c", CLUSTER, 2, 3);
    disk.refused(&["/a", "/c"], FatalCode::NodeIdMismatch, "/c belongs to node 2, and node.id=1");
    disk.format("/d", CLUSTER, 1, 1);
    disk.refused(&["/a", "/d"], FatalCode::DuplicateDirectory, "/a and /d have the same directory id");
}

#[test]
fn an_empty_metadata_directory_beside_used_ones_is_refused() {
    let disk = Disk::new();
    disk.format("/a", CLUSTER, 1, 1);
    disk.refused(&["/new", "/a"], FatalCode::BadMetaProperties, "/new is empty");
}

#[test]
fn a_broken_directory_goes_offline_unless_it_holds_the_metadata() {
    let disk = Disk::new();
    disk.format("/a", CLUSTER, 1, 1);
    disk.put("/file", "");
    let opened = disk.open(&["/a", "/file"]).unwrap();
    assert_eq!(opened.online.len(), 1);
    assert_eq!(opened.offline[0].path, Path::new("/file"));
    disk.refused(&["/file", "/a"], FatalCode::DirectoryUnusable, "/file cannot be used");
}

#[test]
fn the_mark_of_a_clean_close_is_taken_once_and_for_good() {
    let disk = Disk::new();
    disk.format("/a", CLUSTER, 1, 1);
    disk.put("/a/.kafka_cleanshutdown", "{\"version\":0,\"brokerEpoch\":42}");
    let mut opened = disk.open(&["/a"]).unwrap();
    assert!(!opened.online[0].was_clean);
    opened.take_clean_shutdown(&*disk.fs).unwrap();
    assert_eq!((opened.online[0].was_clean, opened.online[0].last_broker_epoch), (true, 42));
    drop(opened);
    disk.world.power_cut();
    let mut opened = disk.open(&["/a"]).unwrap();
    opened.take_clean_shutdown(&*disk.fs).unwrap();
    assert_eq!((opened.online[0].was_clean, opened.online[0].last_broker_epoch), (false, -1));
}

#[test]
fn a_mark_that_cannot_be_removed_takes_its_directory_out_or_ends_the_start() {
    const EIO: i32 = 5;
    let disk = Disk::new();
    for (dir, id) in [("/a", 1), ("/b", 2)] {
        disk.format(dir, CLUSTER, 1, id);
        disk.put(&format!("{dir}/.kafka_cleanshutdown"), "");
    }
    let mut opened = disk.open(&["/a", "/b"]).unwrap();
    disk.world.fail_disk_below("/b", DiskCall::Change, 1, EIO);
    let unusable = opened.take_clean_shutdown(&*disk.fs).unwrap_err();
    opened.set_aside_unusable(&unusable).unwrap();
    assert_eq!(opened.offline[0].path, Path::new("/b"));
    // The mark of the other one is gone from the disk, and not forgotten.
    opened.take_clean_shutdown(&*disk.fs).unwrap();
    assert!(opened.online[0].was_clean);
    disk.put("/a/.kafka_cleanshutdown", "");
    disk.world.fail_disk_below("/a", DiskCall::Change, 1, EIO);
    let unusable = opened.take_clean_shutdown(&*disk.fs).unwrap_err();
    let fatal = opened.set_aside_unusable(&unusable).unwrap_err();
    assert_eq!(fatal.code, FatalCode::DirectoryUnusable);
}
