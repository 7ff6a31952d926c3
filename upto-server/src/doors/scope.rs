//! What a token is for.

use serde::{Deserialize, Serialize};

/// One thing that a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Sending messages, and opening timelines.
    Send,
    /// Asking for anything that is shown.
    Read,
    /// Taking what an agent has spooled: for the server that asks it.
    Collect,
    /// Changing, renaming and removing what is there, and tokens. Allows the others as well.
    Admin,
}

impl Scope {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Send => "send",
            Scope::Read => "read",
            Scope::Collect => "collect",
            Scope::Admin => "admin",
        }
    }
}

/// Whether who has `held` may do what needs `wanted`.
pub(super) fn allows(held: &[Scope], wanted: Scope) -> bool {
    held.contains(&wanted) || held.contains(&Scope::Admin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_admin_allows_others() {
        let all = [Scope::Send, Scope::Read, Scope::Collect, Scope::Admin];
        for held in all {
            for wanted in all {
                assert_eq!(allows(&[held], wanted), held == wanted || held == Scope::Admin);
            }
        }
        assert!(!allows(&[], Scope::Read));
    }
}
