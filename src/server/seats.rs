//! From a configuration to one seat for each shard, whatever world the broker is to run in.
//!
//! What differs between a machine and a simulation comes in as [`StartInputs`]: files, sockets that listen, the time,
//! chance. What runs the shards (threads, or a loop that gives each its turn) is the caller's business.

use super::Bound;
use super::boot::{self, OpenedDirectories};
use super::directories::Directories;
use super::metadata_log::{self, MetadataAtStart};
use crate::config::Config;
use crate::cores::CorePlan;
use crate::fatal::Fatal;
use crate::homes::Homes;
use crate::limits::Limits;
use crate::log_dirs::LogDirs;
use crate::recovery_files::{Positions, ShardFile};
use crate::settings::Settings;
use crate::shard::connections::Acceptor;
use crate::shard::controller::ControllerShard;
use crate::shard::mail::Mail;
use crate::shard::recovery::RecoveryPositions;
use crate::shard::{Shard, ShardStart};
use crate::shard_limits::ShardLimits;
use loglane_model::{FileSystem, ShardId};
use loglane_ring::Io;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a start takes from the world around it.
pub(crate) struct StartInputs<'a> {
    pub(crate) fs: &'a dyn FileSystem,
    pub(crate) config: &'a Config,
    pub(crate) limits: &'a Limits,
    /// What each core does, where that is not the same for all.
    pub(crate) plan: Option<&'a CorePlan>,
    /// The listeners, clients' first.
    pub(crate) bound: &'a [Bound],
    pub(crate) shard_count: u16,
    /// Milliseconds since 1970.
    pub(crate) wall_ms: i64,
    /// Random bits, for ids.
    pub(crate) random: RefCell<&'a mut dyn FnMut() -> u64>,
}

impl StartInputs<'_> {
    /// The next random bits.
    pub(super) fn random(&self) -> u64 {
        (self.random.borrow_mut())()
    }
}

/// Everything that shards begin with: directories checked and locked, the metadata log open.
pub(crate) struct Assembled {
    settings: Arc<Settings>,
    /// By shard.
    limits: Vec<ShardLimits>,
    homes: Homes,
    directories: OpenedDirectories,
    metadata: MetadataAtStart,
    acceptor: Acceptor,
    shard_count: u16,
}

/// Makes ready what all shards begin with.
///
/// # Errors
/// The first thing that keeps the broker from starting.
pub(crate) fn assemble(inputs: &StartInputs<'_>) -> Result<Assembled, Fatal> {
    let StartInputs { config, limits, plan, bound, shard_count, .. } = *inputs;
    let mut directories = boot::open_directories(inputs)?;
    let metadata = metadata_log::open(inputs, &mut directories)?;
    let sessions_max = config.settings.network.fetch_sessions_max as usize;
    let number_of = |dir: &Path| {
        let found = directories.at_start.iter().position(|known| known.path == dir);
        found.map(|number| u16::try_from(number).expect("a configuration has few directories"))
    };
    let homes = plan.map_or_else(|| Homes::spread(shard_count), |plan| Homes::planned(plan, number_of));
    let takes_connections =
        plan.map_or_else(|| vec![true; usize::from(shard_count)], CorePlan::takes_connections);
    let connections_max = usize::try_from(limits.shard.connections_max).unwrap_or(usize::MAX);
    Ok(Assembled {
        settings: Arc::new(Settings {
            kraft_version: directories.inspection.kraft_version.unwrap_or(metadata.kraft_version()),
            ..boot::settings(config, &directories.cluster_id, bound, limits)
        }),
        limits: limits.shards.iter().map(|shard| ShardLimits::new(shard, sessions_max)).collect(),
        homes,
        directories,
        metadata,
        acceptor: Acceptor::new(
            bound.iter().map(|bound| bound.socket.clone()).collect(),
            takes_connections,
            connections_max.saturating_mul(usize::from(shard_count)),
        ),
        shard_count,
    })
}

impl Assembled {
    /// The cluster's id.
    pub(crate) fn cluster_id(&self) -> &str {
        &self.directories.cluster_id
    }

    /// Whether the data directory was new.
    pub(crate) fn is_new(&self) -> bool {
        self.directories.is_new
    }

    /// One seat for each shard, in order, and the locks of the directories, to be held until the process ends.
    /// `on_ready` is called once, by shard 0, when connections are accepted.
    pub(crate) fn into_seats(self, on_ready: Box<dyn FnOnce() + Send>) -> (Vec<Seat>, Directories) {
        let Assembled { settings, limits, homes, directories, metadata, acceptor, shard_count } = self;
        let homes = Arc::new(homes);
        let log_dirs = LogDirs::new(
            directories.at_start,
            Arc::new(directories.inspection.places),
            Arc::new(directories.inspection.moves),
            directories.metadata_index,
        );
        let mut recovery: Vec<Vec<ShardFile>> = (0..shard_count).map(|_| Vec::new()).collect();
        let mut positions = Vec::new();
        for mut files in directories.recovery {
            // Which shard owns a log now is for the shards to say.
            let all: Positions =
                files.iter_mut().flat_map(|file| std::mem::take(&mut file.positions)).collect();
            positions.push(all);
            recovery.iter_mut().zip(files).for_each(|(shard, file)| shard.push(file));
        }
        let positions = Arc::new(positions);
        let mut controller = Some(metadata.into_controller(on_ready));
        let mut acceptor = Some(acceptor);
        let mut leftovers = directories.inspection.deleted;
        let seat = |id| Seat {
            id: ShardId(id),
            shard_count,
            settings: settings.clone(),
            limits: limits[usize::from(id)].clone(),
            directories: log_dirs.clone(),
            homes: homes.clone(),
            recovery: RecoveryPositions::new(
                positions.clone(),
                std::mem::take(&mut recovery[usize::from(id)]),
                shard_count,
            ),
            controller: controller.take(),
            acceptor: acceptor.take(),
            leftovers: std::mem::take(&mut leftovers),
        };
        ((0..shard_count).map(seat).collect(), directories.held)
    }
}

/// What one shard starts with, but for its door to the world.
pub(crate) struct Seat {
    id: ShardId,
    shard_count: u16,
    settings: Arc<Settings>,
    limits: ShardLimits,
    directories: LogDirs,
    homes: Arc<Homes>,
    recovery: RecoveryPositions,
    controller: Option<Box<ControllerShard>>,
    acceptor: Option<Acceptor>,
    leftovers: Vec<PathBuf>,
}

impl Seat {
    /// The shard, in the world that `io` leads to.
    pub(crate) fn shard<I: Io<Mail>>(self, io: I) -> Shard<I> {
        Shard::new(ShardStart {
            id: self.id,
            shard_count: self.shard_count,
            io,
            settings: self.settings,
            limits: self.limits,
            directories: self.directories,
            homes: self.homes,
            recovery: self.recovery,
            controller: self.controller,
            acceptor: self.acceptor,
            leftovers: self.leftovers,
        })
    }
}
