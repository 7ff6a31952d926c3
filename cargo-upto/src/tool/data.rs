//! Where the runs of a workspace are kept while no server runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use crate::problem::Problem;

/// The folder: what was asked for, else one for this workspace among the user's data, which is made.
///
/// Not in the target folder: `cargo clean` would remove what the next build is to be compared with.
///
/// # Errors
/// Nobody says where the user's data are, or the folder can't be made.
pub(crate) fn folder(given: Option<&Path>, workspace: &Path) -> Result<PathBuf, Problem> {
    let folder = match given.filter(|given| !given.as_os_str().is_empty()) {
        Some(given) => given.to_owned(),
        None => of_user(|name| std::env::var_os(name)).ok_or(Problem::NoData)?.join(name(workspace)),
    };
    std::fs::create_dir_all(&folder).map_err(Problem::system("make the folder of the timelines"))?;
    Ok(folder)
}

fn of_user(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = folder("XDG_DATA_HOME").or_else(|| folder("LOCALAPPDATA"));
    let own = own.or_else(|| folder("HOME").map(|home| home.join(".local/share")))?;
    Some(own.join("cargo-upto"))
}

/// The workspace's name for people, and what tells it from others of that name.
fn name(workspace: &Path) -> String {
    let folder = workspace.file_name().unwrap_or_default().to_string_lossy();
    let place = xxh3_64(workspace.as_os_str().as_encoded_bytes());
    format!("{folder}-{place:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspaces_of_one_name_are_told_apart() {
        let names = ["/a/shop", "/b/shop"].map(|workspace| name(Path::new(workspace)));
        assert!(names.iter().all(|name| name.starts_with("shop-")), "{names:?}");
        assert_ne!(names[0], names[1]);
    }

    #[test]
    fn the_users_data_are_where_the_system_says() {
        let of = |known: &[(&str, &str)]| {
            of_user(|name| known.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
        };
        assert_eq!(of(&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")]), Some("/d/cargo-upto".into()));
        assert_eq!(of(&[("HOME", "/h"), ("XDG_DATA_HOME", "")]), Some("/h/.local/share/cargo-upto".into()));
        assert_eq!(of(&[]), None);
    }
}
