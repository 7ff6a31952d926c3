//! Columns of texts.

use crate::cli::text::{columns, fit, harmless};

/// Rows as lines, each column as wide as its widest text. What others wrote in them is made harmless.
pub(in crate::cli) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    let head = head.map(str::to_owned);
    let all: Vec<[String; N]> = std::iter::once(&head)
        .chain(rows)
        .map(|row| row.clone().map(|text| harmless(&text).into_owned()))
        .collect();
    let width = |column: usize| all.iter().filter_map(|row| row.get(column)).map(|text| columns(text)).max();
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &[String; N]| {
        let fitted: Vec<_> = row.iter().zip(&widths).map(|(text, width)| fit(text, *width)).collect();
        fitted.join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_texts() {
        let rows = [["日本".to_owned(), "1".to_owned()], ["a\nb".to_owned(), "22".to_owned()]];
        assert_eq!(table(["NAME", "N"], &rows), ["NAME  N", "日本  1", "a\u{fffd}b   22"]);
    }
}
