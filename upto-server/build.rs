//! Makes Rust of the published `.proto` files.
//!
//! They are compiled by `protox`, a compiler in Rust, so building needs no `protoc`. What is made is not kept in the
//! repository: the files are the one place that says what the protocols are.

use std::error::Error;
use std::path::PathBuf;

use prost::Message;

const FILES: [&str; 2] = ["proto/dbmon.proto", "proto/upto/v1/probes.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    let folder = PathBuf::from(std::env::var("OUT_DIR")?);
    // What reflection tells.
    std::fs::write(folder.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().build_transport(false).compile_fds(descriptors)?;
    Ok(())
}
