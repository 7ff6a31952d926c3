//! Which linker `rustc` would call, and when this program may stand in for it.
//!
//! `rustc` speaks differently to different linkers, and tells them by the names of their files. It only
//! changes nothing if the stand-in has the same name, so that is what it gets; and only compiler drivers are
//! replaced (`cc`, `gcc`, `clang`), on systems where those are what links.

use std::io;
use std::path::Path;

use super::rustc::Arguments;

/// What links on the systems that are meant by [`USES_DRIVER`].
const DRIVER: &str = "cc";
/// Whether this program runs where `rustc` links with [`DRIVER`] unless told otherwise.
const USES_DRIVER: bool = cfg!(any(
    target_os = "linux",
    target_os = "macos",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd"
));

/// The linker that these arguments lead to, if this program may stand in for it.
pub(super) fn linker(arguments: &Arguments) -> Option<&str> {
    // `gcc`, `gnu-cc`, `gnu-lld-cc`, `darwin-cc`.
    let speaks_driver = |flavor: &str| flavor.ends_with("cc");
    if !cfg!(unix) || !arguments.codegen("linker-flavor").is_none_or(speaks_driver) {
        return None;
    }
    let is_usual = USES_DRIVER && arguments.value("--target").is_none_or(uses_driver);
    let linker = arguments.codegen("linker").or_else(|| is_usual.then_some(DRIVER))?;
    let name = Path::new(linker).file_name()?.to_str()?;
    is_driver(name).then_some(linker)
}

fn uses_driver(target: &str) -> bool {
    ["-linux-gnu", "-linux-musl", "-apple-darwin", "-freebsd", "-netbsd", "-openbsd"]
        .iter()
        .any(|system| target.contains(system))
}

/// True for `cc`, `clang`, `x86_64-linux-gnu-gcc-13` and their like.
fn is_driver(name: &str) -> bool {
    let is_version = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let name = match name.rsplit_once('-') {
        Some((name, version)) if is_version(version) => name,
        _ => name,
    };
    let kind = name.rsplit_once('-').map_or(name, |(_, kind)| kind);
    matches!(kind, "cc" | "c++" | "gcc" | "g++" | "clang" | "clang++")
}

/// Makes `name` another name of this program.
///
/// # Errors
/// What the system says; `AlreadyExists` if there is something of that name.
pub(super) fn to_this_program(name: &Path) -> io::Result<()> {
    let program = std::env::current_exe()?;
    #[cfg(unix)]
    return std::os::unix::fs::symlink(program, name);
    #[cfg(not(unix))]
    std::fs::hard_link(program, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<const N: usize>(arguments: [&str; N]) -> Option<String> {
        linker(&arguments.into()).map(str::to_owned)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn without_a_word_it_is_the_systems_driver() {
        assert_eq!(of(["--crate-type", "bin"]).as_deref(), Some("cc"));
        assert_eq!(of(["--target", "aarch64-unknown-linux-gnu"]).as_deref(), Some("cc"));
        assert_eq!(of(["--target=x86_64-pc-windows-msvc"]), None);
        assert_eq!(of(["--target", "wasm32-unknown-unknown"]), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_linker_that_is_named_counts_if_it_is_a_driver() {
        for name in ["clang", "/usr/bin/gcc", "x86_64-linux-gnu-gcc-13", "clang-18", "aarch64-linux-gnu-g++"]
        {
            assert_eq!(of(["-C", &format!("linker={name}")]).as_deref(), Some(name));
        }
        for name in ["ld", "ld.lld", "rust-lld", "/usr/bin/mold", "link.exe", "emcc", "gcc-wrapper", ""] {
            assert_eq!(of(["-C", &format!("linker={name}")]), None, "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_flavor_that_is_not_a_drivers_rules_it_out() {
        assert_eq!(of(["-Clinker=clang", "-Clinker-flavor=gcc"]).as_deref(), Some("clang"));
        assert_eq!(of(["-Clinker=clang", "-Clinker-flavor=gnu-lld-cc"]).as_deref(), Some("clang"));
        assert_eq!(of(["-Clinker=clang", "-Clinker-flavor=ld.lld"]), None);
        assert_eq!(of(["-Clinker-flavor=wasm-lld"]), None);
    }
}
