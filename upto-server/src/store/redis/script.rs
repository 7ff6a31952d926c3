//! The scripts that run inside Redis, where nothing else happens meanwhile: each is atomic.

use std::borrow::Cow;
use std::sync::LazyLock;

use redis::Cmd;

/// A script and the name by which the server knows it once it has run there.
pub(super) struct Script {
    code: String,
    hash: String,
}

impl Script {
    fn new(code: String) -> Self {
        let hash = redis::Script::new(&code).get_hash().to_owned();
        Script { code, hash }
    }
}

/// The names of the scripts; those `with` another file have its functions.
macro_rules! scripts {
    ($($(#[with($library:literal)])? $name:ident = $file:literal;)+) => {
        $(pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            let library = concat!($(include_str!(concat!("script/", $library)))?);
            Script::new([library, include_str!(concat!("script/", $file))].concat())
        });)+
    };
}

scripts! {
    LAYOUT = "layout.lua";
    APPEND = "append.lua";
    READ = "read.lua";
    REPLACE = "replace.lua";
    STREAMS = "streams.lua";
    STAGE = "stage.lua";
    MOVE = "move.lua";
    DECIDE = "decide.lua";
    DISCARD = "discard.lua";
    GET = "get.lua";
    PUT = "put.lua";
    DELETE = "delete.lua";
    LIST = "list.lua";
    PUSH = "push.lua";
    #[with("time.lua")]
    CLAIM = "claim.lua";
    ACKNOWLEDGE = "acknowledge.lua";
    #[with("time.lua")]
    RECLAIM = "reclaim.lua";
    WAITING = "waiting.lua";
    #[with("time.lua")]
    ACQUIRE = "acquire.lua";
    #[with("time.lua")]
    RENEW = "renew.lua";
    RELEASE = "release.lua";
}

/// One run of a script: its keys, which are all of one shard, and its arguments.
pub(super) struct Call<'a> {
    script: &'static Script,
    keys: Vec<Vec<u8>>,
    arguments: Vec<Cow<'a, [u8]>>,
}

impl<'a> Call<'a> {
    pub(super) fn new(script: &'static Script, keys: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Call { script, keys: keys.into_iter().collect(), arguments: Vec::new() }
    }

    /// Adds an argument as it stands.
    pub(super) fn bytes(mut self, argument: impl Into<Cow<'a, [u8]>>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds a name.
    pub(super) fn text(self, argument: &'a str) -> Self {
        self.bytes(argument.as_bytes())
    }

    /// Adds a number in decimal.
    pub(super) fn number(self, argument: u64) -> Self {
        self.bytes(argument.to_string().into_bytes())
    }

    /// Runs it by its name.
    pub(super) fn by_hash(&self) -> Cmd {
        self.command("EVALSHA", &self.script.hash)
    }

    /// Runs it by its text, after which the server knows its name.
    pub(super) fn by_code(&self) -> Cmd {
        self.command("EVAL", &self.script.code)
    }

    fn command(&self, verb: &str, script: &str) -> Cmd {
        let lengths = self.keys.iter().map(Vec::len).chain(self.arguments.iter().map(|each| each.len()));
        let bytes = verb.len() + script.len() + 8 + lengths.sum::<usize>();
        let mut command = Cmd::with_capacity(3 + self.keys.len() + self.arguments.len(), bytes);
        command.arg(verb).arg(script).arg(self.keys.len());
        self.keys.iter().for_each(|key| _ = command.arg(key.as_slice()));
        self.arguments.iter().for_each(|argument| _ = command.arg(&**argument));
        command
    }
}
