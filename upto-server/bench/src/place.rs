//! Where things are: addresses that nobody else uses, the folder of peers, and other programs of this build.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::{env, fs};

use crate::failure::Failure;

/// A loopback address that only this process uses, so that all its ports are free and stay so.
pub(crate) fn own_address() -> Ipv4Addr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, high | 0x40, middle, low)
}

/// A program that was built beside this one.
///
/// # Errors
/// It was not.
pub(crate) fn sibling(name: &str) -> Result<PathBuf, Failure> {
    let path = this_program()?.with_file_name(name);
    if path.is_file() {
        return Ok(path);
    }
    let told = format!("{} is missing: `cargo build --release -p upto-server` makes it", path.display());
    Err(Failure::peer("upto-server")(told))
}

/// This program's own file.
///
/// # Errors
/// The system does not tell.
pub(crate) fn this_program() -> Result<PathBuf, Failure> {
    env::current_exe().map_err(Failure::system("find this program"))
}

/// A folder below `target` that stays from one run to the next.
///
/// # Errors
/// It can't be made.
pub(crate) fn peers_folder() -> Result<PathBuf, Failure> {
    let program = this_program()?;
    let target = program.ancestors().nth(2).ok_or(Failure::Missing("the folder `target`"))?;
    let folder = target.join("peers");
    fs::create_dir_all(&folder).map_err(Failure::system("make a folder for peers"))?;
    Ok(folder)
}
