//! Package ids, as cargo's messages have them.

/// The package's name.
///
/// An id is a URL, then `#` and `name@version`, or `version` alone where the URL ends in the name.
/// Before Rust 1.77 it was `name version (url)`.
pub(super) fn name(id: &str) -> &str {
    match id.split_once('#') {
        Some((url, fragment)) => match fragment.rsplit_once('@') {
            Some((name, _)) => name,
            None => last_segment(url),
        },
        None => id.split(' ').next().unwrap_or(id),
    }
}

fn last_segment(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or(url).trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_in_every_form() {
        for (id, expected) in [
            ("registry+https://github.com/rust-lang/crates.io-index#serde@1.0.229", "serde"),
            ("path+file:///tmp/bs/tiny#tiny-app@0.3.0", "tiny-app"),
            ("path+file:///tmp/bs/tiny/mac#0.1.0", "mac"),
            ("git+https://example.org/some/tool?branch=main#1.0.0", "tool"),
            ("git+https://example.org/some/tool?rev=1#other@1.0.0", "other"),
            ("serde 1.0.1 (registry+https://github.com/rust-lang/crates.io-index)", "serde"),
            ("odd", "odd"),
            ("", ""),
        ] {
            assert_eq!(name(id), expected, "{id}");
        }
    }
}
