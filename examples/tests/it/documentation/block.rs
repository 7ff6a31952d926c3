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
    /// What the page says that they print: the block marked `text` right behind them.
    pub(super) shown: Option<String>,
}

const FENCE: &str = "```";
const LEFT_OUT: &str = "<!-- not run:";

impl Block {
    /// Those of a page that are commands.
    pub(super) fn all(text: &str) -> Vec<Self> {
        let mut blocks: Vec<Block> = Vec::new();
        let (mut before, mut is_right_behind) = ("", false);
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            if let Some(kind) = line.strip_prefix(FENCE) {
                let inside: Vec<&str> =
                    lines.by_ref().map(|(_, line)| line).take_while(|line| *line != FENCE).collect();
                let inside = inside.join("\n");
                match (kind, blocks.last_mut()) {
                    ("text", Some(last)) if is_right_behind => last.shown = Some(inside),
                    ("sh", _) => blocks.push(Block::of(number + 2, inside, before)),
                    _ => {}
                }
                is_right_behind = kind == "sh";
            } else if !line.is_empty() {
                is_right_behind = false;
            }
            before = line;
        }
        blocks
    }

    fn of(line: usize, commands: String, before: &str) -> Self {
        let left_out = before.strip_prefix(LEFT_OUT).map(|why| why.trim_end_matches("-->").trim().to_owned());
        Block { line, commands, left_out, shown: None }
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
        shown: None,
    };
    assert_eq!(Block::all(text), [block(3, "one\ntwo", None), block(11, "three", Some("it takes too long"))]);
    let text = "```sh\none\n```\n\n```text\nit says 1\n```\n```text\nmore\n```\n```sh\ntwo\n```\nSo:\n```text\nno\n```\n";
    let shown: Vec<_> = Block::all(text).into_iter().map(|block| block.shown).collect();
    assert_eq!(shown, [Some("it says 1".to_owned()), None]);
}
