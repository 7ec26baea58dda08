//! Wakes other processes that share the file: each has a socket in a directory beside it, and a
//! byte sent there says that something happened.
//!
//! A byte may get lost. So each process also looks now and then whether the file changed.

use std::io::{Error, ErrorKind, Result};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::socket_path::SocketDirectory;
use crate::wake::{Bells, Rings};

/// How often to look whether the file changed without a hint.
const LOOK: Duration = Duration::from_millis(500);

/// Besides rings: a process came, look who is there.
const HELLO: u8 = 0b1000_0000;

/// Distinguishes the stores of one process.
static OPENED: AtomicU32 = AtomicU32::new(0);

/// The sockets of the others, and our own.
pub(crate) struct Hints {
    directory: SocketDirectory,
    own: PathBuf,
    out: UnixDatagram,
    others: Mutex<Vec<PathBuf>>,
    stopping: AtomicBool,
}

impl Hints {
    /// Opens our socket, tells the others, and returns it to be listened to.
    pub(crate) fn open(directory: &Path) -> Result<(Self, UnixDatagram)> {
        crate::worker_locks::make_private(directory)?;
        let directory = SocketDirectory::open(directory)?;
        let (own, socket) = bind(&directory).or_else(|error| {
            tracing::warn!(%error, "Other processes can't wake this one; it looks now and then");
            Ok::<_, Error>((PathBuf::new(), UnixDatagram::unbound()?))
        })?;
        let out = UnixDatagram::unbound()?;
        out.set_nonblocking(true)?;
        socket.set_read_timeout(Some(LOOK))?;
        let hints = Self {
            directory,
            own,
            out,
            others: Mutex::default(),
            stopping: AtomicBool::new(false),
        };
        hints.look_around();
        hints.send_byte(HELLO);
        Ok((hints, socket))
    }

    /// Tells all other processes, once, without waiting for any.
    pub(crate) fn send(&self, rings: Rings) {
        if rings != Rings::default() {
            self.send_byte(rings.as_byte());
        }
    }

    /// Rings when another process says so, or when `changed` says that the file did. Returns when
    /// the store is closed.
    pub(crate) fn listen(
        &self,
        socket: &UnixDatagram,
        bells: &Bells,
        mut changed: impl FnMut() -> bool,
    ) {
        let mut bytes = [0; 8];
        while !self.stopping.load(Ordering::Acquire) {
            match socket.recv(&mut bytes) {
                Ok(length) => bytes[..length].iter().for_each(|byte| self.hear(*byte, bells)),
                Err(error) => {
                    if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
                        // Whatever is wrong with the socket, it must not keep a core busy.
                        std::thread::park_timeout(LOOK);
                    }
                    self.look_around();
                    if changed() {
                        bells.ring(Rings::ALL);
                    }
                }
            }
        }
    }

    /// Lets [`listen`](Self::listen) return.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        // If this does not arrive, the next look is soon.
        let _sent = self.out.send_to(&[0], self.directory.path(&self.own));
    }

    fn hear(&self, byte: u8, bells: &Bells) {
        if byte & HELLO != 0 {
            self.look_around();
        }
        bells.ring(Rings::from_byte(byte));
    }

    fn send_byte(&self, byte: u8) {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.retain(|other| {
            let sent = self.out.send_to(&[byte], self.directory.path(other));
            // A full socket has a hint waiting already.
            let is_gone = |error: &Error| {
                matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound)
            };
            !sent.is_err_and(|error| is_gone(&error) && self.directory.remove(other))
        });
    }

    /// Notes whose sockets are there.
    fn look_around(&self) {
        let mut found = self.directory.sockets();
        found.retain(|socket| *socket != self.own);
        *self.others.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

impl Drop for Hints {
    fn drop(&mut self) {
        self.directory.remove(&self.own);
    }
}

fn bind(directory: &SocketDirectory) -> Result<(PathBuf, UnixDatagram)> {
    loop {
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let own = PathBuf::from(format!("{}-{number}.sock", std::process::id()));
        match UnixDatagram::bind(directory.path(&own)) {
            Ok(socket) => return Ok((own, socket)),
            // Left by a process that had our number.
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
}
