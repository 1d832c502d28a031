//! Writes what the fuzz targets start from into `FOLDER/<target>/`.

use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("give a folder")?);
    for (number, (target, bytes)) in seinhuis_tests::fuzzed::seeds().into_iter().enumerate() {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{number:04}")), bytes)?;
    }
    Ok(())
}
