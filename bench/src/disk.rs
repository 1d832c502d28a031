//! The yardstick of a disk: 4 KiB written and synced.

use crate::load::percentile;
use crate::told;
use rustix::fs::fdatasync;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

const WRITES: usize = 1_000;
const BYTES: usize = 4_096;
/// The file is written over in place, as a database does with a log it has made before.
const PLACES: usize = 256;

/// p50 of writing 4 KiB and `fdatasync`, in the folder's file system.
pub(crate) fn synced_write(folder: &Path) -> Result<Duration, String> {
    crate::report::progress("synced write");
    let path = folder.join("synced-write");
    let file = File::create(&path).map_err(told("synced write"))?;
    let block = [7; BYTES];
    for place in 0..PLACES {
        let at = u64::try_from(place * BYTES).map_err(told("place"))?;
        file.write_all_at(&block, at)
            .map_err(told("synced write"))?;
    }
    file.sync_all().map_err(told("synced write"))?;
    let mut times = Vec::with_capacity(WRITES);
    for n in 0..WRITES {
        let at = u64::try_from(n % PLACES * BYTES).map_err(told("place"))?;
        let begun = Instant::now();
        file.write_all_at(&block, at)
            .map_err(told("synced write"))?;
        fdatasync(&file).map_err(told("synced write"))?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    std::fs::remove_file(&path).map_err(told("synced write"))?;
    Ok(percentile(&times, 50))
}
