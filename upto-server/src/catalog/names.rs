//! What something is called, and was called before: who asks by any of its names finds it.
//!
//! The first name never changes. Everything that is stored is under that one, so giving it another name moves nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// Names that something may have beside its first one.
pub(crate) const ALIASES: usize = 16;

/// The names as they are stored, beside the first one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Naming {
    /// What it is called; `None`: by its first name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) present: Option<String>,
    /// What it is and was called beside that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) aliases: Vec<String>,
    /// What somebody began to call it. Whoever sees this finishes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<String>,
}

/// What has to be done next, so that something is called as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing.
    Done,
    /// This has to be stored.
    Store(Naming),
    /// This name has to be reserved.
    Reserve(String),
    /// It has too many names already.
    TooMany,
}

impl Naming {
    /// It never had another name.
    pub(crate) fn is_plain(&self) -> bool {
        *self == Naming::default()
    }

    /// What it is called, the first name being `first`.
    pub(crate) fn present<'a>(&'a self, first: &'a str) -> &'a str {
        self.present.as_deref().unwrap_or(first)
    }

    /// Whether this is a name of it, or will be.
    pub(crate) fn means(&self, name: &str) -> bool {
        self.aliases.iter().chain(&self.pending).any(|alias| alias == name)
    }

    /// Names that are, or will be, reserved for it.
    pub(crate) fn reserved(&self) -> impl Iterator<Item = &String> {
        self.aliases.iter().chain(&self.pending)
    }

    pub(super) fn step(&self, first: &str, wanted: &str) -> Step {
        if let Some(pending) = &self.pending {
            return Step::Reserve(pending.clone());
        }
        if self.present(first) == wanted {
            return Step::Done;
        }
        let present = (wanted != first).then(|| wanted.to_owned());
        if present.is_none() || self.aliases.iter().any(|alias| alias == wanted) {
            return Step::Store(Naming { present, ..self.clone() });
        }
        match self.aliases.len() < ALIASES {
            true => Step::Store(Naming { pending: present, ..self.clone() }),
            false => Step::TooMany,
        }
    }

    /// After the name that is pending was reserved, or could not be.
    pub(super) fn settled(mut self, is_reserved: bool) -> Self {
        if let Some(name) = self.pending.take().filter(|_| is_reserved) {
            self.aliases.push(name.clone());
            self.present = Some(name);
        }
        self
    }
}

/// The names in memory. They are never taken away, so whoever has one may keep it while others are added.
#[derive(Debug)]
pub(crate) struct Names {
    first: Arc<str>,
    others: OnceLock<Box<Others>>,
}

#[derive(Debug, Default)]
struct Others {
    names: [OnceLock<Arc<str>>; ALIASES],
    /// 0: the first name; else one more than the place among the others.
    present: AtomicUsize,
}

impl Names {
    pub(super) fn new(first: Arc<str>) -> Self {
        Names { first, others: OnceLock::new() }
    }

    /// The name that everything is stored under.
    pub(crate) fn first(&self) -> &Arc<str> {
        &self.first
    }

    /// What it is called now.
    pub(crate) fn present(&self) -> &Arc<str> {
        let present = || {
            let others = self.others.get()?;
            let place = others.present.load(Ordering::Acquire).checked_sub(1)?;
            others.names.get(place)?.get()
        };
        present().unwrap_or(&self.first)
    }

    /// All names, the first one first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<str>> {
        let others =
            self.others.get().into_iter().flat_map(|others| others.names.iter().map_while(OnceLock::get));
        std::iter::once(&self.first).chain(others)
    }

    /// Takes what is stored. Of more names than there may be, the last ones have no place.
    pub(super) fn take(&self, naming: &Naming) {
        if naming.is_plain() && self.others.get().is_none() {
            return;
        }
        let others = self.others.get_or_init(Box::default);
        for alias in &naming.aliases {
            others.place_of(alias);
        }
        let present = naming.present.as_deref().and_then(|name| others.place_of(name));
        others.present.store(present.map_or(0, |place| place + 1), Ordering::Release);
    }
}

impl Others {
    /// Where this name is, or is from now on.
    fn place_of(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|slot| **slot.get_or_init(|| name.into()) == *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows the steps as somebody does for whom each reservation ends like this.
    fn renamed(mut naming: Naming, wanted: &str, is_free: bool) -> (Naming, Step) {
        for _ in 0..10 {
            match naming.step("first", wanted) {
                Step::Store(next) => naming = next,
                Step::Reserve(_) if is_free => naming = naming.settled(true),
                Step::Reserve(name) => return (naming.settled(false), Step::Reserve(name)),
                end => return (naming, end),
            }
        }
        panic!("this has no end");
    }

    #[test]
    fn a_name_is_pending_before_it_is_reserved_and_stays_an_alias() {
        let (naming, end) = renamed(Naming::default(), "second", true);
        assert_eq!((naming.present("first"), end), ("second", Step::Done));
        let (naming, _) = renamed(naming, "third", true);
        assert_eq!((naming.present("first"), naming.aliases.len()), ("third", 2));
        let (naming, _) = renamed(naming, "second", true);
        assert_eq!((naming.present("first"), naming.aliases.len()), ("second", 2), "it was one already");
        let (naming, _) = renamed(naming, "first", true);
        assert_eq!((naming.present("first"), naming.present.as_deref()), ("first", None));
        assert!(naming.means("second") && naming.means("third") && !naming.means("fourth"));
    }

    #[test]
    fn a_name_that_is_taken_leaves_nothing() {
        let (naming, end) = renamed(Naming::default(), "second", false);
        assert_eq!((naming, end), (Naming::default(), Step::Reserve("second".to_owned())));
    }

    #[test]
    fn what_somebody_began_is_finished_first() {
        let begun = Naming { pending: Some("second".to_owned()), ..Naming::default() };
        let (naming, _) = renamed(begun, "third", true);
        assert_eq!(naming.present("first"), "third");
        assert_eq!(naming.aliases, ["second", "third"]);
    }

    #[test]
    fn there_are_so_many_names_at_most() {
        let mut naming = Naming::default();
        for number in 0..ALIASES {
            naming = renamed(naming, &number.to_string(), true).0;
        }
        assert_eq!(renamed(naming.clone(), "more", true), (naming.clone(), Step::TooMany));
        assert_eq!(renamed(naming, "0", true).1, Step::Done);
    }

    #[test]
    fn names_in_memory_are_those_that_are_stored() {
        let names = Names::new("first".into());
        names.take(&Naming::default());
        assert_eq!(&**names.present(), "first");
        let (naming, _) = renamed(Naming::default(), "second", true);
        names.take(&naming);
        let kept = names.present();
        names.take(&renamed(naming, "third", true).0);
        assert_eq!((&**kept, &**names.present(), &**names.first()), ("second", "third", "first"));
        assert_eq!(names.all().map(|name| &**name).collect::<Vec<_>>(), ["first", "second", "third"]);
        names.take(&Naming::default());
        assert_eq!(&**names.present(), "first");
    }
}
