//! Templates of addresses (RFC 6570), as far as the server uses them: `{?a,b}` and `{&a,b}` at the end.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 6570, section 3.2.8, encodes: all but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address with these values, and without the variables that have none. `None`: a value is for a variable that the
/// template does not have.
pub(super) fn expand(template: &str, values: &[(&str, &str)]) -> Option<String> {
    let (address, expression) = template.split_once('{').unwrap_or((template, "}"));
    let variables = expression.strip_suffix('}')?.trim_start_matches(['?', '&']);
    let has = |name: &str| variables.split(',').any(|variable| variable.trim_end_matches('*') == name);
    if !values.iter().all(|(name, _)| has(name)) {
        return None;
    }
    let mut expanded = address.to_owned();
    for (name, value) in values {
        expanded.push(if expanded.contains('?') { '&' } else { '?' });
        expanded.push_str(name);
        expanded.push('=');
        expanded.extend(utf8_percent_encode(value, ENCODED));
    }
    Some(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_get_their_values_or_are_left_out() {
        for (template, values, expected) in [
            ("/a{?x,y}", &[("y", "1 é&=/~")][..], Some("/a?y=1%20%C3%A9%26%3D%2F~")),
            ("/a{?x,y}", &[("x", "1"), ("y", "2")], Some("/a?x=1&y=2")),
            ("/a?raw{&x}", &[("x", "1")], Some("/a?raw&x=1")),
            ("/a{?x*}", &[("x", "1"), ("x", "2")], Some("/a?x=1&x=2")),
            ("/a{?x}", &[], Some("/a")),
            ("/a", &[], Some("/a")),
            ("/a", &[("x", "1")], None),
            ("/a{?x}", &[("y", "1")], None),
            ("/a{?x", &[], None),
        ] {
            assert_eq!(expand(template, values).as_deref(), expected, "{template} {values:?}");
        }
    }
}
