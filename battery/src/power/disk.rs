//! The disk: files and folders by number, and whether there is power.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use fuser::{Errno, FileType};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::file::{File, Forgotten, Luck};

/// The number of the outermost folder.
pub(super) const ROOT: u64 = 1;

type Names = BTreeMap<OsString, u64>;

enum Content {
    File(File),
    Folder { names: Names, flushed: Names },
    Socket,
}

struct Node {
    content: Content,
    mode: u16,
}

/// What the system asks about a file.
pub(super) struct Attributes {
    pub(super) number: u64,
    pub(super) size: u64,
    pub(super) kind: FileType,
    pub(super) mode: u16,
}

/// A disk whose power can be cut.
pub(super) struct Disk {
    nodes: BTreeMap<u64, Node>,
    next: u64,
    /// So many calls until the power is cut, and the seed of what survives.
    armed: Option<(u64, u64)>,
    dead: bool,
}

impl Default for Disk {
    fn default() -> Self {
        let root = Node { content: folder(), mode: 0o700 };
        Self { nodes: BTreeMap::from([(ROOT, root)]), next: ROOT + 1, armed: None, dead: false }
    }
}

fn folder() -> Content {
    Content::Folder { names: Names::new(), flushed: Names::new() }
}

impl Disk {
    /// Cuts the power at a call to come.
    pub(super) fn arm(&mut self, calls: u64, seed: u64) {
        self.armed = Some((calls.max(1), seed));
    }

    /// Turns it on again.
    pub(super) fn revive(&mut self) {
        (self.armed, self.dead) = (None, false);
    }

    /// Before anything is answered.
    pub(super) const fn ask(&self) -> Result<(), Errno> {
        if self.dead { Err(Errno::EIO) } else { Ok(()) }
    }

    /// Before anything is changed or flushed: here the power is cut, and this is forgotten.
    pub(super) fn touch(&mut self) -> Result<Option<Forgotten>, Errno> {
        self.ask()?;
        let Some((calls, seed)) = self.armed else { return Ok(None) };
        self.armed = Some((calls - 1, seed));
        if calls > 1 {
            return Ok(None);
        }
        self.dead = true;
        Ok(Some(self.forget(seed)))
    }

    fn forget(&mut self, seed: u64) -> Forgotten {
        let mut dice = StdRng::seed_from_u64(seed);
        let luck = Luck::draw(&mut dice);
        let mut all = Forgotten::default();
        for node in self.nodes.values_mut() {
            match &mut node.content {
                Content::File(file) => {
                    let forgotten = file.forget(luck, &mut dice);
                    all.writes += forgotten.writes;
                    all.torn += forgotten.torn;
                    all.overtaken += forgotten.overtaken;
                }
                Content::Folder { names, flushed } => {
                    all.names += forget_names(names, flushed, luck, &mut dice);
                }
                Content::Socket => {}
            }
        }
        all
    }

    fn node(&self, number: u64) -> Result<&Node, Errno> {
        self.nodes.get(&number).ok_or(Errno::ENOENT)
    }

    fn content(&mut self, number: u64) -> Result<&mut Content, Errno> {
        self.nodes.get_mut(&number).map(|node| &mut node.content).ok_or(Errno::ENOENT)
    }

    fn names(&mut self, number: u64) -> Result<&mut Names, Errno> {
        match self.content(number)? {
            Content::Folder { names, .. } => Ok(names),
            Content::File(_) | Content::Socket => Err(Errno::ENOTDIR),
        }
    }

    pub(super) fn file(&mut self, number: u64) -> Result<&mut File, Errno> {
        match self.content(number)? {
            Content::File(file) => Ok(file),
            Content::Folder { .. } => Err(Errno::EISDIR),
            Content::Socket => Err(Errno::ENXIO),
        }
    }

    pub(super) fn find(&mut self, parent: u64, name: &OsStr) -> Result<Attributes, Errno> {
        let number = self.names(parent)?.get(name).copied().ok_or(Errno::ENOENT)?;
        self.attributes(number)
    }

    pub(super) fn attributes(&self, number: u64) -> Result<Attributes, Errno> {
        let node = self.node(number)?;
        let (kind, size) = match &node.content {
            Content::File(file) => (FileType::RegularFile, file.len() as u64),
            Content::Folder { .. } => (FileType::Directory, 0),
            Content::Socket => (FileType::Socket, 0),
        };
        Ok(Attributes { number, size, kind, mode: node.mode })
    }

    pub(super) fn set_mode(&mut self, number: u64, mode: u16) -> Result<(), Errno> {
        self.nodes.get_mut(&number).ok_or(Errno::ENOENT)?.mode = mode;
        Ok(())
    }

    pub(super) fn make(
        &mut self,
        parent: u64,
        name: &OsStr,
        kind: FileType,
        mode: u16,
    ) -> Result<Attributes, Errno> {
        let content = match kind {
            FileType::RegularFile => Content::File(File::default()),
            FileType::Directory => folder(),
            FileType::Socket => Content::Socket,
            _ => return Err(Errno::EPERM),
        };
        let number = self.next;
        let names = self.names(parent)?;
        if names.contains_key(name) {
            return Err(Errno::EEXIST);
        }
        names.insert(name.to_owned(), number);
        self.next += 1;
        self.nodes.insert(number, Node { content, mode });
        self.attributes(number)
    }

    /// Takes a name away. Whoever has the file open keeps it; so it stays until it is forgotten.
    pub(super) fn remove(&mut self, parent: u64, name: &OsStr) -> Result<(), Errno> {
        let number = self.names(parent)?.get(name).copied().ok_or(Errno::ENOENT)?;
        if self.names(number).is_ok_and(|names| !names.is_empty()) {
            return Err(Errno::ENOTEMPTY);
        }
        self.names(parent)?.remove(name);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: (u64, &OsStr), to: (u64, &OsStr)) -> Result<(), Errno> {
        self.names(to.0)?;
        let number = self.names(from.0)?.remove(from.1).ok_or(Errno::ENOENT)?;
        self.names(to.0)?.insert(to.1.to_owned(), number);
        Ok(())
    }

    pub(super) fn list(&mut self, number: u64) -> Result<Vec<(OsString, u64, FileType)>, Errno> {
        let names: Vec<(OsString, u64)> =
            self.names(number)?.iter().map(|(name, number)| (name.clone(), *number)).collect();
        let told = |(name, number)| Ok((name, number, self.attributes(number)?.kind));
        names.into_iter().map(told).collect()
    }

    pub(super) fn flush_names(&mut self, number: u64) -> Result<(), Errno> {
        match self.content(number)? {
            Content::Folder { names, flushed } => flushed.clone_from(names),
            Content::File(_) | Content::Socket => return Err(Errno::ENOTDIR),
        }
        Ok(())
    }

    /// Writes all files as they are to a folder.
    pub(super) fn copy_to(&self, folder: &Path, number: u64) -> std::io::Result<()> {
        let Some(Node { content: Content::Folder { names, .. }, .. }) = self.nodes.get(&number)
        else {
            return Ok(());
        };
        std::fs::create_dir_all(folder)?;
        for (name, number) in names {
            match self.nodes.get(number).map(|node| &node.content) {
                Some(Content::File(file)) => {
                    std::fs::write(folder.join(name), file.read(0, file.len()))?;
                }
                Some(Content::Folder { .. }) => self.copy_to(&folder.join(name), *number)?,
                Some(Content::Socket) | None => {}
            }
        }
        Ok(())
    }
}

/// Names come back and go as their folder was flushed; how many do.
fn forget_names(names: &mut Names, flushed: &mut Names, luck: Luck, dice: &mut StdRng) -> u64 {
    let mut count = 0;
    let all: Vec<OsString> = names.keys().chain(flushed.keys()).cloned().collect();
    for name in all {
        let (now, then) = (names.get(&name).copied(), flushed.get(&name).copied());
        let stays = !matches!(luck, Luck::None) && dice.random();
        if now == then || stays {
            continue;
        }
        count += 1;
        match then {
            Some(number) => names.insert(name, number),
            None => names.remove(&name),
        };
    }
    flushed.clone_from(names);
    count
}
