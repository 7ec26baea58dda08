//! The wall clock of one process: `libfaketime`. Durations are left alone, as a step of a real
//! clock leaves them.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::world::process::Launch;

const ADVICE: &str = "install it: cargo xtask setup";

/// Where systems put the library; `faketime` itself finds it so.
const PLACES: [&str; 8] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
    "/usr/local/lib/faketime/libfaketimeMT.so.1",
    "/usr/lib64/libfaketimeMT.so.1",
    "/usr/lib/libfaketimeMT.so.1",
    "/usr/local/lib/libfaketimeMT.so.1",
];

/// A wall clock that can be stepped while its process runs.
#[derive(Debug)]
pub(crate) struct Clock {
    file: PathBuf,
    library: &'static str,
}

impl Clock {
    /// A clock that shows the right time; the file says what it shows.
    pub(crate) fn new(file: &Path) -> Result<Self, Error> {
        let library = PLACES.into_iter().find(|place| Path::new(place).exists());
        let library = library.ok_or_else(|| Error::Tool {
            tool: "libfaketime".to_owned(),
            source: std::io::ErrorKind::NotFound.into(),
            advice: ADVICE,
        })?;
        let clock = Self { file: file.to_owned(), library };
        clock.show(0)?;
        Ok(clock)
    }

    /// A process that goes by this clock.
    pub(crate) fn worn_by(&self, launch: Launch) -> Launch {
        launch
            .env("LD_PRELOAD", self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    }

    /// Steps it: from now on it is so many seconds before or after the right time.
    pub(crate) fn show(&self, seconds: i64) -> Result<(), Error> {
        // Put there whole: half a number would be another time.
        let new = self.file.with_extension("new");
        let written = std::fs::write(&new, format!("{seconds:+}\n"))
            .and_then(|()| std::fs::rename(&new, &self.file));
        written.map_err(|source| Error::File { path: self.file.clone(), source })
    }
}
