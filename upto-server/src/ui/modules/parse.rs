//! What a module imports and exports, and the rest of it.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

use super::JoinError;
use super::statements::{Statement, statements};
use crate::ui::script::{Gap, Kind, Role, Roles, Token, declared, scan};

/// A module without its imports and exports.
pub(super) struct Module<'s> {
    pub(super) imports: Vec<Import>,
    /// What it exports: the name here, and the one by which others import it.
    pub(super) exports: Vec<(String, String)>,
    pub(super) body: Vec<Token<'s>>,
    /// The roles of the body's tokens.
    pub(super) roles: Roles,
    pub(super) statements: Vec<Statement>,
    /// What is declared anywhere in the body.
    pub(super) declared: BTreeSet<String>,
    /// What is imported when it is needed: the place in the body of each address, and the path that it means.
    pub(super) later: Vec<(usize, String)>,
}

/// What a module imports from another one.
pub(super) struct Import {
    /// The other one's path.
    pub(super) path: String,
    pub(super) names: Names,
}

pub(super) enum Names {
    /// All of it, by one name.
    All(String),
    /// Some: the name there, and the one here.
    Some(Vec<(String, String)>),
}

/// Declarations that can be exported. Not `let`: who imports one is to see it change.
const DECLARATIONS: [&str; 4] = ["class", "function", "const", "async"];

impl<'s> Module<'s> {
    pub(super) fn read(path: &str, source: &'s str) -> Result<Self, JoinError> {
        let tokens =
            scan(source).map_err(|reason| JoinError::Unterminated { path: path.to_owned(), reason })?;
        let module = Module {
            imports: Vec::new(),
            exports: Vec::new(),
            body: Vec::new(),
            roles: Roles::of(&[]),
            statements: Vec::new(),
            declared: BTreeSet::new(),
            later: Vec::new(),
        };
        let mut reading = Reading { path, tokens: tokens.into_iter().peekable(), module, depth: 0 };
        reading.read()?;
        reading.module.understand(path)
    }

    /// Finds out what the names in the body are.
    fn understand(mut self, path: &str) -> Result<Self, JoinError> {
        self.roles = Roles::of(&self.body);
        self.statements = statements(&self.body, &self.roles);
        self.declared = declared(&self.body, &self.roles);
        for import in &self.imports {
            if let Names::All(name) = &import.names {
                self.check_all(path, name)?;
            }
        }
        Ok(self)
    }

    /// Of a name for all that another module exports, only its members may be used, and it may mean nothing else.
    fn check_all(&self, path: &str, name: &str) -> Result<(), JoinError> {
        let is_other = |at: &usize| {
            let is_it = self.body[*at].text == name && self.name_at(*at).is_some();
            is_it && self.member_at(*at).is_none()
        };
        let other = (0..self.body.len()).find(is_other);
        if other.is_none() && !self.declared.contains(name) {
            return Ok(());
        }
        Err(JoinError::Unknown { path: path.to_owned(), near: name.to_owned() })
    }

    /// The name of a variable at a place.
    pub(super) fn name_at(&self, at: usize) -> Option<&str> {
        let is_name = matches!(self.roles.roles[at], Role::Name | Role::Shorthand);
        is_name.then_some(&*self.body[at].text)
    }

    /// What is behind the dot that follows a place.
    pub(super) fn member_at(&self, at: usize) -> Option<&str> {
        let (dot, member) = (self.body.get(at + 1)?, self.body.get(at + 2)?);
        (dot.is(".") && member.kind == Kind::Word).then_some(&*member.text)
    }
}

struct Reading<'a, 's> {
    path: &'a str,
    tokens: Peekable<IntoIter<Token<'s>>>,
    module: Module<'s>,
    /// How many brackets are open.
    depth: usize,
}

impl<'s> Reading<'_, 's> {
    fn read(&mut self) -> Result<(), JoinError> {
        while let Some(token) = self.tokens.next() {
            let is_call = self.is_next("(");
            match &*token.text {
                "import" if token.kind == Kind::Word && is_call => self.later(token),
                "import" if self.depth == 0 && token.kind == Kind::Word => self.import()?,
                "export" if self.depth == 0 && token.kind == Kind::Word => self.export(token.gap)?,
                _ => self.keep(token),
            }
        }
        Ok(())
    }

    fn keep(&mut self, token: Token<'s>) {
        match &*token.text {
            "{" | "(" | "[" if token.kind == Kind::Mark => self.depth += 1,
            "}" | ")" | "]" if token.kind == Kind::Mark => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.module.body.push(token);
    }

    /// An import when it is needed.
    fn later(&mut self, token: Token<'s>) {
        self.module.body.push(token);
        if let Some(bracket) = self.tokens.next() {
            self.keep(bracket);
        }
        let Some(address) = self.tokens.next_if(|token| token.kind == Kind::Text) else { return };
        if let Some(path) = quoted(&address.text).and_then(|import| resolved(self.path, import)) {
            self.module.later.push((self.module.body.len(), path));
        }
        self.keep(address);
    }

    /// What follows `import`.
    fn import(&mut self) -> Result<(), JoinError> {
        let names = if self.is_next("*") {
            self.expect("*")?;
            self.expect("as")?;
            Names::All(self.word()?)
        } else {
            Names::Some(self.names()?)
        };
        self.expect("from")?;
        let address = self.tokens.next_if(|token| token.kind == Kind::Text);
        let path = address.and_then(|address| resolved(self.path, quoted(&address.text)?));
        let path = path.ok_or_else(|| self.unknown())?;
        self.expect(";")?;
        self.module.imports.push(Import { path, names });
        Ok(())
    }

    /// What follows `export`.
    fn export(&mut self, gap: Gap) -> Result<(), JoinError> {
        if self.is_next("{") {
            let names = self.names()?;
            self.module.exports.extend(names);
            return self.expect(";");
        }
        let declared = self.tokens.next_if(|token| DECLARATIONS.iter().any(|word| token.is(word)));
        let declared = declared.ok_or_else(|| self.unknown())?;
        self.keep(Token { gap, ..declared });
        while let Some(token) = self.tokens.next_if(|token| token.is("function") || token.is("*")) {
            self.keep(token);
        }
        let name =
            self.tokens.peek().filter(|token| token.kind == Kind::Word).map(|token| token.text.to_string());
        let name = name.ok_or_else(|| self.unknown())?;
        self.module.exports.push((name.clone(), name));
        Ok(())
    }

    /// `{ name, name as other }`, of each the name before `as` first.
    fn names(&mut self) -> Result<Vec<(String, String)>, JoinError> {
        let mut names = Vec::new();
        self.expect("{")?;
        while !self.is_next("}") {
            let name = self.word()?;
            let other = match self.tokens.next_if(|token| token.is("as")) {
                Some(_) => self.word()?,
                None => name.clone(),
            };
            names.push((name, other));
            if !self.is_next("}") {
                self.expect(",")?;
            }
        }
        self.expect("}")?;
        Ok(names)
    }

    fn is_next(&mut self, text: &str) -> bool {
        self.tokens.peek().is_some_and(|token| token.is(text))
    }

    fn expect(&mut self, text: &str) -> Result<(), JoinError> {
        self.tokens.next_if(|token| token.is(text)).map(drop).ok_or_else(|| self.unknown())
    }

    fn word(&mut self) -> Result<String, JoinError> {
        let word = self.tokens.next_if(|token| token.kind == Kind::Word);
        word.map(|word| word.text.into_owned()).ok_or_else(|| self.unknown())
    }

    fn unknown(&mut self) -> JoinError {
        let near = self.tokens.peek().map(|token| token.text.to_string()).unwrap_or_default();
        JoinError::Unknown { path: self.path.to_owned(), near }
    }
}

/// What stands in the quotes of a string without escapes.
fn quoted(text: &str) -> Option<&str> {
    let inner = text.strip_prefix(['"', '\''])?.strip_suffix(['"', '\''])?;
    (!inner.contains('\\')).then_some(inner)
}

/// The path that a relative address means in this module; `None` if it is another kind of address, or leads out.
pub(super) fn resolved(path: &str, address: &str) -> Option<String> {
    if !(address.starts_with("./") || address.starts_with("../")) {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in address.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
