//! A table of things that are referred to by index and checked by generation, so that an answer which comes
//! after its asker has gone is noticed instead of reaching a stranger.

/// Names an entry of a [`Slots`] table for as long as it is there, and never again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SlotId {
    /// The place in the table.
    pub(crate) index: u32,
    /// How often the place had been used before.
    pub(crate) generation: u32,
}

impl SlotId {
    /// Packs the id into 56 bits: index 32, generation 24.
    pub(crate) fn pack(self) -> u64 {
        (u64::from(self.generation & GENERATION_MASK) << 32) | u64::from(self.index)
    }

    /// Undoes [`SlotId::pack`].
    pub(crate) fn unpack(bits: u64) -> SlotId {
        SlotId { index: (bits & 0xffff_ffff) as u32, generation: ((bits >> 32) as u32) & GENERATION_MASK }
    }
}

const GENERATION_MASK: u32 = 0x00ff_ffff;

/// The table. Grows as needed; its users bound how many entries they make.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    entries: Vec<Entry<T>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Entry<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Slots<T> {
    pub(crate) fn new() -> Slots<T> {
        Slots { entries: Vec::new(), free: Vec::new() }
    }

    pub(crate) fn insert(&mut self, value: T) -> SlotId {
        match self.free.pop() {
            Some(index) => {
                let entry = &mut self.entries[index as usize];
                entry.value = Some(value);
                SlotId { index, generation: entry.generation }
            }
            None => {
                let index = u32::try_from(self.entries.len()).expect("tables stay far below 2^32 entries");
                self.entries.push(Entry { generation: 0, value: Some(value) });
                SlotId { index, generation: 0 }
            }
        }
    }

    pub(crate) fn get(&self, id: SlotId) -> Option<&T> {
        let entry = self.entries.get(id.index as usize)?;
        if entry.generation == id.generation { entry.value.as_ref() } else { None }
    }

    pub(crate) fn get_mut(&mut self, id: SlotId) -> Option<&mut T> {
        let entry = self.entries.get_mut(id.index as usize)?;
        if entry.generation == id.generation { entry.value.as_mut() } else { None }
    }

    pub(crate) fn remove(&mut self, id: SlotId) -> Option<T> {
        let entry = self.entries.get_mut(id.index as usize)?;
        if entry.generation != id.generation {
            return None;
        }
        let value = entry.value.take()?;
        entry.generation = (entry.generation + 1) & GENERATION_MASK;
        self.free.push(id.index);
        Some(value)
    }

    /// The entry at a place, whatever its generation.
    pub(crate) fn by_index_mut(&mut self, index: u32) -> Option<&mut T> {
        self.entries.get_mut(index as usize)?.value.as_mut()
    }

    /// Ids of all entries, in index order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = SlotId> + '_ {
        self.entries.iter().enumerate().filter(|(_, entry)| entry.value.is_some()).map(|(index, entry)| {
            SlotId {
                index: u32::try_from(index).expect("tables stay far below 2^32 entries"),
                generation: entry.generation,
            }
        })
    }

    /// How many entries there have been.
    #[cfg(test)]
    pub(crate) fn made(&self) -> u32 {
        let removed: u32 = self.entries.iter().map(|entry| entry.generation).sum();
        removed + u32::try_from(self.len()).expect("small in tests")
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_does_not_reach_its_successor() {
        let mut slots = Slots::new();
        let first = slots.insert("first");
        assert_eq!(slots.remove(first), Some("first"));
        let second = slots.insert("second");
        assert_eq!(second.index, first.index);
        assert_eq!((slots.get(first), slots.get(second)), (None, Some(&"second")));
        assert_eq!(SlotId::unpack(second.pack()), second);
        assert_eq!(slots.len(), 1);
    }
}
