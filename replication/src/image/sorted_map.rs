//! A sorted map that is cheap to clone and to change after a clone.
//!
//! Every published metadata image is a snapshot that shards keep for a while. With a plain `BTreeMap` each change of
//! one topic out of ten thousand would copy ten thousand entries; here a clone shares chunks of at most
//! [`CHUNK_ENTRIES_MAX`] entries, and a change copies one chunk and the list of chunks.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// Entries in a chunk before it is split in two. For `n` entries a change costs a copy of this many entries and of
/// `n` / 64 pointers at most, which is near the least for the ten thousand topics that we plan for.
const CHUNK_ENTRIES_MAX: usize = 128;

/// A map in the order of its keys. Iteration is in that order, always.
pub struct SortedMap<K, V> {
    /// Sorted; no chunk is empty.
    chunks: Vec<Arc<Vec<(K, V)>>>,
    len: usize,
}

impl<K, V> Clone for SortedMap<K, V> {
    fn clone(&self) -> SortedMap<K, V> {
        SortedMap { chunks: self.chunks.clone(), len: self.len }
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> SortedMap<K, V> {
        SortedMap { chunks: Vec::new(), len: 0 }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.chunks.iter().flat_map(|chunk| chunk.iter()).map(|(k, v)| (k, v))).finish()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    /// Equal contents, however they are cut into chunks.
    fn eq(&self, other: &SortedMap<K, V>) -> bool {
        let entries = |map: &SortedMap<K, V>| {
            map.chunks
                .clone()
                .into_iter()
                .flat_map(|chunk| (0..chunk.len()).map(move |at| (Arc::clone(&chunk), at)))
        };
        self.len == other.len && entries(self).zip(entries(other)).all(|((a, at), (b, bt))| a[at] == b[bt])
    }
}

impl<K, V> SortedMap<K, V> {
    /// How many entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.chunks.iter().flat_map(|chunk| chunk.iter()).map(|(key, value)| (key, value))
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let chunk = self.chunks.get(self.chunk_for(key)?)?;
        let at = chunk.binary_search_by(|(known, _)| known.borrow().cmp(key)).ok()?;
        Some(&chunk[at].1)
    }

    /// Whether a key is there.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// The chunk that holds `key` or would: the last one that does not begin behind it. `None` if there is no chunk.
    fn chunk_for<Q: Ord + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        let behind = self.chunks.partition_point(|chunk| chunk[0].0.borrow() <= key);
        (!self.chunks.is_empty()).then(|| behind.saturating_sub(1))
    }
}

impl<K: Ord + Clone, V: Clone> SortedMap<K, V> {
    /// Sets the value of a key; returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let Some(index) = self.chunk_for(&key) else {
            self.chunks.push(Arc::new(vec![(key, value)]));
            self.len = 1;
            return None;
        };
        let chunk = Arc::make_mut(&mut self.chunks[index]);
        match chunk.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => return Some(std::mem::replace(&mut chunk[at].1, value)),
            Err(at) => chunk.insert(at, (key, value)),
        }
        self.len += 1;
        if chunk.len() > CHUNK_ENTRIES_MAX {
            // Keys mostly come in order when a log is replayed: splitting near the end keeps chunks full then.
            let upper = chunk.split_off(CHUNK_ENTRIES_MAX * 3 / 4);
            self.chunks.insert(index + 1, Arc::new(upper));
        }
        None
    }

    /// Takes a key out; returns the value it had.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let index = self.chunk_for(key)?;
        let at = self.chunks[index].binary_search_by(|(known, _)| known.borrow().cmp(key)).ok()?;
        let chunk = Arc::make_mut(&mut self.chunks[index]);
        let (_, value) = chunk.remove(at);
        if chunk.is_empty() {
            self.chunks.remove(index);
        }
        self.len -= 1;
        Some(value)
    }

    /// The value of a key, to change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let index = self.chunk_for(key)?;
        let at = self.chunks[index].binary_search_by(|(known, _)| known.borrow().cmp(key)).ok()?;
        Some(&mut Arc::make_mut(&mut self.chunks[index])[at].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_answers_as_an_ordinary_map_does_and_clones_stay_as_they_were() {
        let seed = 0x5eed_u64;
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let mut map = SortedMap::default();
        let mut model = BTreeMap::new();
        let mut kept = Vec::new();
        for step in 0..20_000u32 {
            let key = next() % 2_000;
            match next() % 5 {
                0 | 1 => assert_eq!(map.insert(key, step), model.insert(key, step), "seed {seed:#x}"),
                2 => assert_eq!(map.remove(&key), model.remove(&key), "seed {seed:#x} step {step}"),
                3 => {
                    if let Some(value) = map.get_mut(&key) {
                        *value += 1;
                    }
                    if let Some(value) = model.get_mut(&key) {
                        *value += 1;
                    }
                }
                _ => assert_eq!(map.get(&key), model.get(&key), "seed {seed:#x} step {step}"),
            }
            assert_eq!(map.len(), model.len());
            if step % 4_000 == 0 {
                kept.push((map.clone(), model.clone()));
            }
        }
        kept.push((map, model));
        for (map, model) in kept {
            assert!(map.iter().eq(model.iter()), "seed {seed:#x}");
            assert!(map.chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= CHUNK_ENTRIES_MAX));
        }
    }
}
