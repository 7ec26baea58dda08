//! The disk as the system sees it.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use super::disk::{Attributes, Disk, ROOT};
use crate::output;

/// Nothing changes but through this mount.
const FOREVER: Duration = Duration::from_secs(3600);
const FIRST: Generation = Generation(0);
/// Not worth a handle: everything is found by its number.
const NO_HANDLE: FileHandle = FileHandle(0);
/// What is in memory stays right when another opens the file: shared memory rests on it.
const KEPT: FopenFlags = FopenFlags::FOPEN_KEEP_CACHE;
const BLOCK: u32 = 4096;
const BLOCKS: u64 = 1 << 20;

/// The disk, for all who ask it.
#[derive(Default)]
pub(super) struct Shared {
    disk: Mutex<Disk>,
}

impl Shared {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn arm(&self, calls: u64, seed: u64) {
        self.disk().arm(calls, seed);
    }

    pub(super) fn revive(&self) {
        self.disk().revive();
    }

    pub(super) fn copy_to(&self, folder: &Path) -> std::io::Result<()> {
        self.disk().copy_to(folder, ROOT)
    }

    /// Answers from the disk, if it has power.
    fn ask<T>(&self, ask: impl FnOnce(&mut Disk) -> Result<T, Errno>) -> Result<T, Errno> {
        let mut disk = self.disk();
        disk.ask()?;
        ask(&mut disk)
    }

    /// Changes something on the disk, or flushes it.
    fn touch<T>(&self, touch: impl FnOnce(&mut Disk) -> Result<T, Errno>) -> Result<T, Errno> {
        let mut disk = self.disk();
        if let Some(forgotten) = disk.touch()? {
            output::line(format_args!("dead {}", serde_json::json!(forgotten)));
            return Err(Errno::EIO);
        }
        touch(&mut disk)
    }
}

/// The disk, mounted.
pub(super) struct Disks(pub(super) Arc<Shared>);

fn told(found: &Attributes, request: &Request) -> FileAttr {
    let epoch = UNIX_EPOCH;
    FileAttr {
        ino: INodeNo(found.number),
        size: found.size,
        blocks: found.size.div_ceil(512),
        atime: epoch,
        mtime: epoch,
        ctime: epoch,
        crtime: epoch,
        kind: found.kind,
        perm: found.mode,
        nlink: 1,
        uid: request.uid(),
        gid: request.gid(),
        rdev: 0,
        blksize: BLOCK,
        flags: 0,
    }
}

const fn permissions(mode: u32) -> u16 {
    (mode & 0o7777) as u16
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn empty(done: Result<(), Errno>, reply: ReplyEmpty) {
    match done {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

fn entry(found: Result<Attributes, Errno>, request: &Request, reply: ReplyEntry) {
    match found {
        Ok(found) => reply.entry(&FOREVER, &told(&found, request), FIRST),
        Err(error) => reply.error(error),
    }
}

fn attributes(found: Result<Attributes, Errno>, request: &Request, reply: ReplyAttr) {
    match found {
        Ok(found) => reply.attr(&FOREVER, &told(&found, request)),
        Err(error) => reply.error(error),
    }
}

impl Filesystem for Disks {
    fn lookup(&self, request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        entry(self.0.ask(|disk| disk.find(parent.0, name)), request, reply);
    }

    fn getattr(
        &self,
        request: &Request,
        number: INodeNo,
        _handle: Option<FileHandle>,
        reply: ReplyAttr,
    ) {
        attributes(self.0.ask(|disk| disk.attributes(number.0)), request, reply);
    }

    fn setattr(
        &self,
        request: &Request,
        number: INodeNo,
        mode: Option<u32>,
        _uid: Option<u32>,
        _gid: Option<u32>,
        size: Option<u64>,
        _atime: Option<TimeOrNow>,
        _mtime: Option<TimeOrNow>,
        _ctime: Option<std::time::SystemTime>,
        _handle: Option<FileHandle>,
        _crtime: Option<std::time::SystemTime>,
        _chgtime: Option<std::time::SystemTime>,
        _bkuptime: Option<std::time::SystemTime>,
        _flags: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let set = self.0.touch(|disk| {
            if let Some(mode) = mode {
                disk.set_mode(number.0, permissions(mode))?;
            }
            if let Some(size) = size {
                disk.file(number.0)?.set_len(index(size));
            }
            disk.attributes(number.0)
        });
        attributes(set, request, reply);
    }

    fn mknod(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _umask: u32,
        _rdev: u32,
        reply: ReplyEntry,
    ) {
        let kind = match rustix::fs::FileType::from_raw_mode(mode) {
            rustix::fs::FileType::Socket => FileType::Socket,
            rustix::fs::FileType::RegularFile => FileType::RegularFile,
            _ => FileType::NamedPipe,
        };
        let mode = permissions(mode);
        entry(self.0.touch(|disk| disk.make(parent.0, name, kind, mode)), request, reply);
    }

    fn mkdir(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _umask: u32,
        reply: ReplyEntry,
    ) {
        let (kind, mode) = (FileType::Directory, permissions(mode));
        entry(self.0.touch(|disk| disk.make(parent.0, name, kind, mode)), request, reply);
    }

    fn unlink(&self, _request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        empty(self.0.touch(|disk| disk.remove(parent.0, name)), reply);
    }

    fn rmdir(&self, _request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        empty(self.0.touch(|disk| disk.remove(parent.0, name)), reply);
    }

    fn rename(
        &self,
        _request: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        if !flags.is_empty() {
            return reply.error(Errno::EINVAL);
        }
        let (from, to) = ((parent.0, name), (new_parent.0, new_name));
        empty(self.0.touch(|disk| disk.rename(from, to)), reply);
    }

    fn open(&self, _request: &Request, _number: INodeNo, _flags: OpenFlags, reply: ReplyOpen) {
        match self.0.ask(|_| Ok(())) {
            Ok(()) => reply.opened(NO_HANDLE, KEPT),
            Err(error) => reply.error(error),
        }
    }

    fn create(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _umask: u32,
        _flags: i32,
        reply: ReplyCreate,
    ) {
        let mode = permissions(mode);
        match self.0.touch(|disk| disk.make(parent.0, name, FileType::RegularFile, mode)) {
            Ok(made) => reply.created(&FOREVER, &told(&made, request), FIRST, NO_HANDLE, KEPT),
            Err(error) => reply.error(error),
        }
    }

    fn read(
        &self,
        _request: &Request,
        number: INodeNo,
        _handle: FileHandle,
        offset: u64,
        size: u32,
        _flags: OpenFlags,
        _owner: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let (at, length) = (index(offset), size as usize);
        match self.0.ask(|disk| Ok(disk.file(number.0)?.read(at, length).to_owned())) {
            Ok(bytes) => reply.data(&bytes),
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _request: &Request,
        number: INodeNo,
        _handle: FileHandle,
        offset: u64,
        data: &[u8],
        _write_flags: WriteFlags,
        _flags: OpenFlags,
        _owner: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let write = |disk: &mut Disk| {
            disk.file(number.0)?.write(index(offset), data);
            Ok(())
        };
        match self.0.touch(write) {
            Ok(()) => reply.written(u32::try_from(data.len()).unwrap_or(u32::MAX)),
            Err(error) => reply.error(error),
        }
    }

    fn flush(
        &self,
        _request: &Request,
        _number: INodeNo,
        _handle: FileHandle,
        _owner: LockOwner,
        reply: ReplyEmpty,
    ) {
        // Closing a file flushes nothing.
        empty(self.0.ask(|_| Ok(())), reply);
    }

    fn fsync(
        &self,
        _request: &Request,
        number: INodeNo,
        _handle: FileHandle,
        _data_only: bool,
        reply: ReplyEmpty,
    ) {
        let flush = |disk: &mut Disk| {
            disk.file(number.0)?.flush();
            Ok(())
        };
        empty(self.0.touch(flush), reply);
    }

    fn fsyncdir(
        &self,
        _request: &Request,
        number: INodeNo,
        _handle: FileHandle,
        _data_only: bool,
        reply: ReplyEmpty,
    ) {
        empty(self.0.touch(|disk| disk.flush_names(number.0)), reply);
    }

    fn readdir(
        &self,
        _request: &Request,
        number: INodeNo,
        _handle: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let names = match self.0.ask(|disk| disk.list(number.0)) {
            Ok(names) => names,
            Err(error) => return reply.error(error),
        };
        let own = [".", ".."].map(|name| (name.into(), number.0, FileType::Directory));
        let all = own.into_iter().chain(names).zip(1..).skip(index(offset));
        for ((name, number, kind), next) in all {
            if reply.add(INodeNo(number), next, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _request: &Request, _number: INodeNo, reply: ReplyStatfs) {
        reply.statfs(BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCK, 255, BLOCK);
    }
}
