//! Tokens: what is stored of one, and the secret that only its holder has.
//!
//! A token is `upto_`, its id, `_` and a secret of 256 random bits. Of the secret, its SHA-256 is stored. A password hash,
//! slow on purpose, would add nothing: it makes guesses expensive where people choose secrets that can be guessed, and
//! 2^256 of them can't be tried at any speed. It would make every request slow instead.

use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::pattern;
use super::scope::{self, Scope};

/// Every token begins with this, so that who searches for leaked secrets finds them.
const PREFIX: &str = "upto_";
/// Bytes of a secret.
const SECRET_BYTES: usize = 32;
/// Bytes of an id.
const ID_BYTES: usize = 8;
/// Bytes of a token's name at most.
pub(crate) const NAME_BYTES: usize = 200;
/// Patterns that a token has at most.
pub(crate) const PATTERNS: usize = 32;

/// What is stored of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    /// Public: names the token in lists, and finds it.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    pub(crate) scopes: Vec<Scope>,
    /// Patterns of the contexts that it is for.
    pub(crate) contexts: Vec<String>,
    /// Nanoseconds since the epoch, as the others.
    pub(crate) created: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revoked: Option<i64>,
    /// The SHA-256 of the secret; empty once it is revoked.
    #[serde(with = "serde_bytes")]
    pub(crate) hash: Vec<u8>,
}

/// What a token is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) contexts: Vec<String>,
    pub(crate) expires: Option<i64>,
}

/// A token as its holder has it. It is never printed but once, and never logged.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl Secret {
    /// The text that its holder shows.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl Wanted {
    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let Wanted { name, scopes, contexts, .. } = self;
        let is_pattern = |text: &String| (1..=pattern::PATTERN_BYTES).contains(&text.len());
        if name.trim().is_empty() || name.len() > NAME_BYTES || name.chars().any(char::is_control) {
            Some("a token's name has 1 to 200 bytes and no control characters")
        } else if scopes.is_empty() {
            Some("a token has at least one scope: send, read, collect or admin")
        } else if contexts.is_empty() || contexts.len() > PATTERNS || !contexts.iter().all(is_pattern) {
            Some("a token is for 1 to 32 patterns of contexts, each of 1 to 1,024 bytes; * is all of them")
        } else {
            None
        }
    }

    /// Makes it, with a secret that nobody can guess.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub(crate) fn make(self, now: i64) -> Result<(Token, Secret), getrandom::Error> {
        let (id, secret) = (random_hex::<ID_BYTES>()?, random_hex::<SECRET_BYTES>()?);
        let Wanted { name, mut scopes, contexts, expires } = self;
        scopes.sort_unstable();
        scopes.dedup();
        let shown = Secret(format!("{PREFIX}{id}_{secret}"));
        let hash = hash(&secret);
        Ok((Token { id, name, scopes, contexts, created: now, expires, revoked: None, hash }, shown))
    }
}

impl Token {
    /// Whether it is worth something at this time.
    pub(crate) fn is_valid(&self, now: i64) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }

    /// Whether this is its secret. Takes the same time wherever they differ.
    pub(super) fn is_secret(&self, secret: &str) -> bool {
        self.hash.ct_eq(&hash(secret)).into()
    }

    pub(crate) fn allows(&self, scope: Scope) -> bool {
        scope::allows(&self.scopes, scope)
    }

    /// Whether it is for this context.
    pub(crate) fn is_for(&self, context: &str) -> bool {
        self.contexts.iter().any(|each| pattern::matches(each, context))
    }

    /// Whether it is for all contexts, whatever they are called.
    pub(crate) fn is_for_all(&self) -> bool {
        self.contexts.iter().any(|each| each.bytes().all(|byte| byte == b'*'))
    }
}

/// The id and the secret in what somebody shows as a token.
pub(super) fn parts(shown: &str) -> Option<(&str, &str)> {
    let (id, secret) = shown.strip_prefix(PREFIX)?.split_once('_')?;
    (is_id(id) && is_hex(secret, SECRET_BYTES)).then_some((id, secret))
}

/// Whether a token may have this id.
pub(crate) fn is_id(text: &str) -> bool {
    is_hex(text, ID_BYTES)
}

fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

/// So many random bytes in hexadecimal.
///
/// # Errors
/// The system has none.
pub(super) fn random_hex<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing into a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::document::decode;
    use crate::fixtures;

    fn wanted() -> Wanted {
        let contexts = vec!["build*".to_owned()];
        Wanted { name: "ci".into(), scopes: vec![Scope::Send], contexts, expires: Some(10) }
    }

    #[test]
    fn a_token_is_known_by_its_secret_alone() {
        let (token, secret) = wanted().make(1).expect("random numbers");
        let (other, _) = wanted().make(1).expect("random numbers");
        let (id, shown) = parts(secret.reveal()).expect("a token");
        assert_eq!(id, token.id);
        assert!(token.is_secret(shown) && !other.is_secret(shown));
        assert!(!token.hash.is_empty() && !format!("{token:?}{secret:?}").contains(shown));
    }

    #[test]
    fn a_token_ends_when_it_expires_or_is_revoked() {
        let (token, _) = wanted().make(1).expect("random numbers");
        assert!(token.is_valid(9) && !token.is_valid(10));
        assert!(!Token { revoked: Some(2), ..token.clone() }.is_valid(3));
        assert!(Token { expires: None, ..token }.is_valid(i64::MAX));
    }

    #[test]
    fn a_token_is_for_what_it_says() {
        let (token, _) = wanted().make(1).expect("random numbers");
        assert!(token.allows(Scope::Send) && !token.allows(Scope::Read));
        assert!(token.is_for("build-7") && !token.is_for("deploy") && !token.is_for_all());
        assert!(Token { contexts: vec!["x".into(), "*".into()], ..token }.is_for_all());
    }

    /// The secret of the token in the fixtures.
    const KNOWN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn with_all_fields() -> Token {
        Token {
            id: "0123456789abcdef".to_owned(),
            name: "ci".to_owned(),
            scopes: vec![Scope::Send, Scope::Read, Scope::Admin],
            contexts: vec!["build*".to_owned()],
            created: 1,
            expires: Some(10),
            revoked: Some(5),
            hash: hash(KNOWN),
        }
    }

    #[test]
    fn what_every_release_wrote_is_kept() {
        for document in fixtures::of_every_release("token") {
            let token: Token = decode("token", &document).expect("a token");
            assert_eq!(token, with_all_fields());
            assert!(token.is_secret(KNOWN));
        }
    }

    #[test]
    #[ignore = "a command, not a test: `make fixtures` runs it once for each release"]
    fn write_the_fixture_of_this_release() {
        fixtures::write("token", &with_all_fields());
    }

    #[test]
    fn what_is_no_token_has_no_parts() {
        let (_, secret) = wanted().make(1).expect("random numbers");
        let long = format!("{}0", secret.reveal());
        for text in ["", "upto_", "upto__", "upto_1_2", &secret.reveal().to_uppercase(), &long] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_token_can_not_be_is_told() {
        assert_eq!(wanted().fault(), None);
        let long = "n".repeat(PATTERNS * 100);
        for wrong in [
            Wanted { name: " ".into(), ..wanted() },
            Wanted { name: "a\nb".into(), ..wanted() },
            Wanted { name: long.clone(), ..wanted() },
            Wanted { scopes: Vec::new(), ..wanted() },
            Wanted { contexts: Vec::new(), ..wanted() },
            Wanted { contexts: vec![String::new()], ..wanted() },
            Wanted { contexts: vec![long], ..wanted() },
            Wanted { contexts: vec!["a".into(); PATTERNS + 1], ..wanted() },
        ] {
            assert!(wrong.fault().is_some(), "{wrong:?}");
        }
    }
}
