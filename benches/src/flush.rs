//! How long the disk takes to flush: what any durable answer waits for at least.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;

use crate::figure::median;

/// Two pages of the database: about what the smallest commit writes.
const BYTES: [u8; 8192] = [7; 8192];
const TIMES: usize = 100;

/// The median microseconds of `fdatasync` after 8 KiB were added to a file in this folder.
pub(crate) fn probe(folder: &Path) -> io::Result<f64> {
    let path = folder.join("flush");
    let mut file = File::create(&path)?;
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        file.write_all(&BYTES)?;
        let begun = Instant::now();
        file.sync_data()?;
        took.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    std::fs::remove_file(path)?;
    Ok(median(took).unwrap_or_default())
}
