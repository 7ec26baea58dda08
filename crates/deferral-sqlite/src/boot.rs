//! Who has the file open, and whether the last one closed it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Result, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use crate::patience::Patience;

const OPEN: &[u8] = b"open\n";
const CLOSED: &[u8] = b"closed\n";

/// Every process that has the database open holds this lock with the others. The first one holds
/// it alone until the database is ready, and the last one says that it was closed in good order.
pub(crate) struct BootLock {
    file: File,
}

/// How the database was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nobody has it open, and the last one closed it in good order.
    Closed,
    /// Nobody has it open, and nobody closed it: a process died, or the power failed.
    LeftOpen,
    /// Others have it open.
    InUse,
}

impl BootLock {
    /// Takes the lock: alone if nobody has it, else with the others once they are ready.
    pub(crate) fn take(path: &Path, patience: Duration) -> Result<(Self, Found)> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true).mode(0o600);
        let mut lock = Self { file: options.open(path)? };
        let patience = Patience::new(patience);
        loop {
            if lock.file.try_lock().is_ok() {
                let closed = lock.read()? == CLOSED;
                return Ok((lock, if closed { Found::Closed } else { Found::LeftOpen }));
            }
            if lock.file.try_lock_shared().is_ok() {
                return Ok((lock, Found::InUse));
            }
            if !patience.pause() {
                return Err(ErrorKind::TimedOut.into());
            }
        }
    }

    /// The database is ready: lets the others in. Durable before anything else is written.
    pub(crate) fn open(&mut self) -> Result<()> {
        self.write(OPEN)?;
        self.file.sync_all()?;
        self.file.unlock()?;
        self.file.lock_shared()
    }

    /// Says that the database was closed in good order, if nobody else has it open.
    pub(crate) fn close(&mut self) {
        let closed = self.file.unlock().is_ok() && self.file.try_lock().is_ok();
        if closed && self.write(CLOSED).is_err() {
            tracing::debug!("The database will be checked when it is opened again");
        }
    }

    fn read(&mut self) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut text)?;
        Ok(text)
    }

    fn write(&mut self, text: &[u8]) -> Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(text)
    }
}
