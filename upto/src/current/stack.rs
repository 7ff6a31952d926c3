//! The scopes that are open on one thread or in one task.

use super::Scope;

/// Open scopes, the innermost last.
///
/// Some are opened by guards, which end wherever they are dropped. The others are entered and left, and
/// what guards open in between belongs to them: when a span is left because its future waits, the
/// guards that the future holds go with it, and are back when the future goes on.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    /// What a task is part of, wherever it runs and even after that has ended.
    base: Option<Scope>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    scope: Scope,
    is_guard: bool,
}

impl Stack {
    pub(super) const fn new() -> Self {
        Stack { base: None, entries: Vec::new() }
    }

    /// The stack of a task that is part of `base`.
    pub(crate) fn within(base: Option<Scope>) -> Self {
        Stack { base, entries: Vec::new() }
    }

    /// The innermost scope whose event has not ended, else the base.
    pub(super) fn current(&mut self) -> Option<Scope> {
        while self.entries.last().is_some_and(|entry| entry.scope.has_ended()) {
            self.entries.pop();
        }
        self.entries.last().map(|entry| &entry.scope).or(self.base.as_ref()).cloned()
    }

    /// A guard opens `scope`.
    pub(super) fn open(&mut self, scope: Scope) {
        self.entries.push(Entry { scope, is_guard: true });
    }

    /// `scope` is entered, with the guards that it was left with.
    pub(super) fn enter(&mut self, scope: Scope, guards: Vec<Scope>) {
        self.entries.push(Entry { scope, is_guard: false });
        guards.into_iter().filter(|guard| !guard.has_ended()).for_each(|guard| self.open(guard));
    }

    /// The latest [`Stack::enter`] of `scope` is taken back; what is returned are the guards in it that
    /// are still open.
    pub(super) fn leave(&mut self, scope: &Scope) -> Vec<Scope> {
        let is_its = |entry: &Entry| !entry.is_guard && entry.scope.is(scope);
        let Some(place) = self.entries.iter().rposition(is_its) else { return Vec::new() };
        let guards = self.entries[place + 1..].iter().take_while(|entry| entry.is_guard).count();
        let left = self.entries.drain(place..=place + guards).skip(1).map(|entry| entry.scope);
        left.filter(|guard| !guard.has_ended() && !guard.is(scope)).collect()
    }

    /// The event of `scope` has ended.
    pub(super) fn remove(&mut self, scope: &Scope) {
        if let Some(place) = self.entries.iter().rposition(|entry| entry.scope.is(scope)) {
            self.entries.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::current::Node;

    fn scope(path: &str) -> Scope {
        Scope(Node::new(path.into(), "".into(), "".into(), "".into()).into())
    }

    fn paths(stack: &Stack) -> Vec<&str> {
        stack.entries.iter().map(|entry| entry.scope.path()).collect()
    }

    #[test]
    fn guards_leave_and_come_back_with_what_they_were_opened_in() {
        let (span, guard, ended) = (scope("span"), scope("guard"), scope("ended"));
        let mut stack = Stack::default();
        stack.enter(span.clone(), Vec::new());
        stack.open(guard.clone());
        stack.open(ended.clone());
        ended.end();
        let left = stack.leave(&span);
        assert_eq!(paths(&stack), [""; 0]);
        stack.enter(span, left);
        assert_eq!(paths(&stack), ["span", "guard"]);
    }

    #[test]
    fn what_is_left_out_of_order_takes_only_its_own_guards() {
        let (outer, inner) = (scope("outer"), scope("inner"));
        let mut stack = Stack::default();
        stack.enter(outer.clone(), Vec::new());
        stack.open(scope("in outer"));
        stack.enter(inner.clone(), Vec::new());
        stack.open(scope("in inner"));
        assert_eq!(stack.leave(&outer).iter().map(Scope::path).collect::<Vec<_>>(), ["in outer"]);
        assert_eq!(paths(&stack), ["inner", "in inner"]);
    }

    #[test]
    fn what_is_entered_twice_is_left_twice() {
        let (span, guard) = (scope("span"), scope("guard"));
        let mut stack = Stack::default();
        stack.enter(span.clone(), Vec::new());
        stack.open(guard);
        stack.enter(span.clone(), Vec::new());
        assert!(stack.leave(&span).is_empty());
        assert_eq!(paths(&stack), ["span", "guard"]);
        assert_eq!(stack.leave(&span).len(), 1);
        assert!(stack.leave(&span).is_empty());
    }

    #[test]
    fn no_scope_keeps_itself() {
        let event = scope("event");
        let mut stack = Stack::default();
        stack.enter(event.clone(), Vec::new());
        stack.open(event.clone());
        assert!(stack.leave(&event).is_empty());
        assert!(paths(&stack).is_empty());
    }

    #[test]
    fn what_ended_elsewhere_is_not_current() {
        let (span, guard) = (scope("span"), scope("guard"));
        let mut stack = Stack::default();
        stack.enter(span, Vec::new());
        stack.open(guard.clone());
        guard.end();
        assert_eq!(stack.current().map(|scope| scope.path().to_owned()).as_deref(), Some("span"));
    }

    #[test]
    fn a_task_stays_in_what_it_began_in() {
        let (base, guard) = (scope("base"), scope("guard"));
        let mut stack = Stack::within(Some(base.clone()));
        stack.open(guard.clone());
        base.end();
        guard.end();
        assert_eq!(stack.current().map(|scope| scope.path().to_owned()).as_deref(), Some("base"));
    }
}
