//! A file: what was flushed, and what was written since.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

/// What one write of a disk is made of: this is written whole or not at all.
const SECTOR: usize = 512;
/// So many changes wait to be flushed; a disk writes older ones by itself.
const WAITING: usize = 4096;

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// A file on a disk that forgets.
#[derive(Default)]
pub(super) struct File {
    data: Vec<u8>,
    flushed: Vec<u8>,
    waiting: Vec<Change>,
}

/// What a power cut did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Forgotten {
    /// Writes that are gone.
    pub(crate) writes: u64,
    /// Writes of which a part is there.
    pub(crate) torn: u64,
    /// Writes that are there without an earlier one of the same file.
    pub(crate) overtaken: u64,
    /// Names of files that are gone, or there again.
    pub(crate) names: u64,
}

/// What becomes of what was not flushed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Luck {
    /// All of it is gone.
    None,
    /// The earlier is there, the last of it in part.
    Earlier,
    /// Each write for itself.
    Any,
}

impl Luck {
    pub(super) fn draw(dice: &mut StdRng) -> Self {
        match dice.random_range(0..4) {
            0 | 1 => Self::None,
            2 => Self::Earlier,
            _ => Self::Any,
        }
    }
}

impl File {
    pub(super) fn len(&self) -> usize {
        self.data.len()
    }

    pub(super) fn read(&self, at: usize, length: usize) -> &[u8] {
        let at = at.min(self.data.len());
        &self.data[at..self.data.len().min(at.saturating_add(length))]
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        self.change(Change::Write { at, bytes: bytes.to_owned() });
    }

    pub(super) fn set_len(&mut self, length: usize) {
        self.change(Change::Length(length));
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.data, &change);
        self.waiting.push(change);
        if self.waiting.len() > WAITING {
            for change in self.waiting.drain(..WAITING / 2) {
                apply(&mut self.flushed, &change);
            }
        }
    }

    pub(super) fn flush(&mut self) {
        for change in self.waiting.drain(..) {
            apply(&mut self.flushed, &change);
        }
    }

    /// The power is cut.
    pub(super) fn forget(&mut self, luck: Luck, dice: &mut StdRng) -> Forgotten {
        let mut forgotten = Forgotten::default();
        let waiting = std::mem::take(&mut self.waiting);
        let end = dice.random_range(0..=waiting.len());
        for (number, change) in waiting.into_iter().enumerate() {
            let (is_there, may_tear) = match luck {
                Luck::None => (false, false),
                Luck::Earlier => (number < end, number + 1 == end),
                Luck::Any => (dice.random(), dice.random_ratio(1, 4)),
            };
            if !is_there {
                forgotten.writes += 1;
                continue;
            }
            if forgotten.writes > 0 {
                forgotten.overtaken += 1;
            }
            apply(&mut self.flushed, &if may_tear { tear(change, &mut forgotten) } else { change });
        }
        self.data.clone_from(&self.flushed);
        forgotten
    }
}

fn tear(change: Change, forgotten: &mut Forgotten) -> Change {
    match change {
        Change::Write { at, mut bytes } if bytes.len() > SECTOR => {
            bytes.truncate((bytes.len() / 2).next_multiple_of(SECTOR));
            forgotten.torn += 1;
            Change::Write { at, bytes }
        }
        whole => whole,
    }
}

fn apply(data: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(length) => data.resize(*length, 0),
        Change::Write { at, bytes } => {
            let end = at + bytes.len();
            if data.len() < end {
                data.resize(end, 0);
            }
            data[*at..end].copy_from_slice(bytes);
        }
    }
}
