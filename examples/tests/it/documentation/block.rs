//! The blocks of a page.

use std::path::Path;

/// Commands between two fences, and what stands before them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The line of its first command, from 1 on.
    pub(super) line: usize,
    pub(super) commands: String,
    /// Why it is not run, if it is not.
    pub(super) left_out: Option<String>,
}

const FENCE: &str = "```";
const LEFT_OUT: &str = "<!-- not run:";

impl Block {
    /// Those of a page that are commands.
    pub(super) fn all(text: &str) -> Vec<Self> {
        let mut blocks = Vec::new();
        let mut before = "";
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            if let Some(kind) = line.strip_prefix(FENCE) {
                let inside: Vec<&str> =
                    lines.by_ref().map(|(_, line)| line).take_while(|line| *line != FENCE).collect();
                if kind == "sh" {
                    let left_out = before
                        .strip_prefix(LEFT_OUT)
                        .map(|why| why.trim_end_matches("-->").trim().to_owned());
                    blocks.push(Block { line: number + 2, commands: inside.join("\n"), left_out });
                }
            }
            before = line;
        }
        blocks
    }

    /// Who leaves a block out says why.
    pub(super) fn check(&self, page: &Path) {
        let says_why = self.left_out.as_ref().is_none_or(|why| why.split(' ').count() > 3);
        assert!(says_why, "{}:{}: say why it is not run", page.display(), self.line);
    }
}

#[test]
fn blocks_are_found_with_what_stands_before_them() {
    let text =
        "a\n```sh\none\ntwo\n```\n```json\n{}\n```\n<!-- not run: it takes too long -->\n```sh\nthree\n```\n";
    let block = |line, commands: &str, left_out: Option<&str>| Block {
        line,
        commands: commands.to_owned(),
        left_out: left_out.map(str::to_owned),
    };
    assert_eq!(Block::all(text), [block(3, "one\ntwo", None), block(11, "three", Some("it takes too long"))]);
}
