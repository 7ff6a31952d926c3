//! What is nested in what, whatever ends when and where: random histories against a list of what is open.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use upto::__private::{CallSite, LocalEvent, number_of};
use upto::{Event, InstrumentExt as _, Scope};

use super::{Receiver, turn};

static SITES: [CallSite; 3] = [CallSite::new("f", &[]), CallSite::new("g", &[]), CallSite::new("h", &["n"])];

#[derive(Clone, Debug)]
enum Step {
    /// A guard, with a name that is static or not, below the current event or none.
    Open {
        name: usize,
        is_static: bool,
        is_root: bool,
    },
    /// One of the guards ends, here or on another thread.
    Close {
        guard: usize,
        elsewhere: bool,
    },
    /// A detached event, to be entered.
    Detach,
    Enter(usize),
    Exit(usize),
    /// The event of a scope ends, entered or not.
    End(usize),
    /// An annotated function is called.
    Call(usize, Vec<Step>),
    /// A future is made.
    Spawn,
    Poll(usize, Vec<Step>),
    /// A future is dropped, with the guards that are in it.
    Cancel(usize),
    Look,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let leaf = prop_oneof![
        6 => (0..3_usize, any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(name, is_static, is_root)| Step::Open { name, is_static, is_root }),
        6 => (any::<usize>(), prop::bool::weighted(0.2))
            .prop_map(|(guard, elsewhere)| Step::Close { guard, elsewhere }),
        1 => Just(Step::Detach),
        3 => any::<usize>().prop_map(Step::Enter),
        3 => any::<usize>().prop_map(Step::Exit),
        1 => any::<usize>().prop_map(Step::End),
        1 => Just(Step::Spawn),
        1 => any::<usize>().prop_map(Step::Cancel),
        3 => Just(Step::Look),
    ];
    let step = leaf.prop_recursive(4, 60, 10, |inner| {
        let inside = || prop::collection::vec(inner.clone(), 0..10);
        prop_oneof![
            2 => inner.clone(),
            2 => (0..SITES.len(), inside()).prop_map(|(site, steps)| Step::Call(site, steps)),
            2 => (any::<usize>(), inside()).prop_map(|(task, steps)| Step::Poll(task, steps)),
        ]
    });
    prop::collection::vec(step, 1..40)
}

/// Where an event is, and the number of its start, which no other event has.
type Place = (String, u64);

/// Something that is open: its number here, and where it is.
#[derive(Clone, Debug)]
struct Entry {
    id: usize,
    place: Place,
    is_guard: bool,
}

/// What is to be: one list for the thread and one for each task, the innermost last, below what it began in.
#[derive(Debug, Default)]
struct Model {
    lists: Vec<(Place, Vec<Entry>)>,
    /// Which list is in use, and those further up.
    active: Vec<usize>,
    /// Guards that scopes were left with.
    left: HashMap<usize, Vec<Entry>>,
    ids: usize,
}

impl Model {
    fn entries(&mut self) -> &mut Vec<Entry> {
        let active = self.active.last().copied().unwrap_or(0);
        &mut self.lists[active].1
    }

    fn current(&self) -> &Place {
        let (base, entries) = &self.lists[self.active.last().copied().unwrap_or(0)];
        entries.last().map_or(base, |entry| &entry.place)
    }

    fn below(&self, name: &str) -> String {
        let (current, _) = self.current();
        if current.is_empty() { name.to_owned() } else { [current, ".", name].concat() }
    }

    fn open(&mut self, place: Place) -> usize {
        self.ids += 1;
        let entry = Entry { id: self.ids, place, is_guard: true };
        self.entries().push(entry);
        self.ids
    }

    fn close(&mut self, id: usize) {
        let lists = self.lists.iter_mut().map(|(_, entries)| entries);
        lists.chain(self.left.values_mut()).for_each(|entries| entries.retain(|entry| entry.id != id));
    }

    fn enter(&mut self, scope: usize, place: Place) {
        let left = self.left.remove(&scope).unwrap_or_default();
        self.entries().push(Entry { id: scope, place, is_guard: false });
        self.entries().extend(left);
    }

    fn exit(&mut self, scope: usize) {
        let entries = self.entries();
        let Some(place) = entries.iter().rposition(|entry| entry.id == scope) else { return };
        let guards = entries[place + 1..].iter().take_while(|entry| entry.is_guard).count();
        let mut left: Vec<Entry> = entries.drain(place..=place + guards).skip(1).collect();
        left.extend(self.left.remove(&scope).unwrap_or_default());
        self.left.insert(scope, left);
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// What is, beside what is to be.
#[derive(Default)]
struct World {
    model: Model,
    guards: Vec<(usize, Event)>,
    /// Events to be entered; how deep in calls and polls they were, each time.
    scopes: Vec<(usize, Event, Vec<usize>)>,
    /// Which list is theirs.
    tasks: Vec<(usize, Task)>,
    depth: usize,
}

thread_local! {
    /// What the future does that is polled next.
    static STEPS: RefCell<Vec<Step>> = const { RefCell::new(Vec::new()) };
}

fn place(scope: &Scope) -> Place {
    (scope.path(), number_of(scope))
}

fn current() -> Place {
    Scope::current().as_ref().map(place).unwrap_or_default()
}

fn place_of(event: &Event) -> Place {
    event.scope().map(place).expect("a client")
}

impl World {
    fn open(&mut self, name: usize, is_static: bool, is_root: bool) {
        let name = ["a", "b", "f"][name];
        let builder = if is_static { Event::builder(name) } else { Event::builder(name.to_owned()) };
        let (builder, path) =
            if is_root { (builder.root(), name.to_owned()) } else { (builder, self.model.below(name)) };
        let event = builder.start();
        let place = place_of(&event);
        assert_eq!(place.0, path);
        self.guards.push((self.model.open(place), event));
    }

    fn close(&mut self, guard: usize, elsewhere: bool) {
        let Some(guard) = guard.checked_rem(self.guards.len()) else { return };
        let (id, event) = self.guards.swap_remove(guard);
        self.model.close(id);
        if elsewhere {
            std::thread::spawn(move || drop(event)).join().expect("no panic");
        }
    }

    fn detach(&mut self) {
        let path = self.model.below("scope");
        let event = Event::builder("scope").start_detached();
        assert_eq!(place_of(&event).0, path);
        self.model.ids += 1;
        self.scopes.push((self.model.ids, event, Vec::new()));
    }

    fn enter(&mut self, scope: usize) {
        let Some(scope) = scope.checked_rem(self.scopes.len()) else { return };
        let (id, event, depths) = &mut self.scopes[scope];
        depths.push(self.depth);
        event.scope().expect("a client").enter();
        self.model.enter(*id, place_of(event));
    }

    /// Only one that was entered in the same call.
    fn exit(&mut self, scope: usize) {
        let Some(scope) = scope.checked_rem(self.scopes.len()) else { return };
        let (id, event, depths) = &mut self.scopes[scope];
        if depths.last() == Some(&self.depth) {
            depths.pop();
            event.scope().expect("a client").exit();
            self.model.exit(*id);
        }
    }

    fn end(&mut self, scope: usize) {
        let Some(scope) = scope.checked_rem(self.scopes.len()) else { return };
        let (id, event, _) = self.scopes.swap_remove(scope);
        event.end();
        self.model.close(id);
        self.model.left.remove(&id);
    }

    /// What was entered in a call is left before that returns, in any order.
    fn exit_all(&mut self) {
        for scope in 0..self.scopes.len() {
            while self.scopes[scope].2.last() == Some(&self.depth) {
                self.exit(scope);
            }
        }
    }

    fn spawn(&mut self, world: &Rc<RefCell<World>>) {
        let world = Rc::downgrade(world);
        let task = poll_fn(move |_| {
            let world = world.upgrade().expect("it is in use");
            run(STEPS.take(), &world);
            Poll::<()>::Pending
        });
        self.model.lists.push((self.model.current().clone(), Vec::new()));
        self.tasks.push((self.model.lists.len() - 1, Box::pin(task.in_current_event())));
    }

    /// What the future's guards have opened stays with them, and they may be anywhere.
    fn cancel(&mut self, task: usize) {
        let Some(task) = task.checked_rem(self.tasks.len()) else { return };
        let (list, task) = self.tasks.swap_remove(task);
        drop(task);
        self.model.lists[list].1.clear();
    }
}

fn poll(task: usize, steps: Vec<Step>, world: &Rc<RefCell<World>>) {
    let taken = {
        let mut world = world.borrow_mut();
        task.checked_rem(world.tasks.len()).map(|task| world.tasks.swap_remove(task))
    };
    let Some((list, mut task)) = taken else { return };
    world.borrow_mut().model.active.push(list);
    STEPS.set(steps);
    assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let mut world = world.borrow_mut();
    world.model.active.pop();
    world.tasks.push((list, task));
}

fn call(site: usize, steps: Vec<Step>, world: &Rc<RefCell<World>>) {
    let name = ["f", "g", "h"][site];
    let _event = if site == 2 {
        LocalEvent::start_with(&SITES[site], &[1.into()])
    } else {
        LocalEvent::start(&SITES[site])
    };
    let id = {
        let model = &mut world.borrow_mut().model;
        let (path, number) = (model.below(name), current().1);
        // Nobody else tells it: later it is to be the same, and that of nothing else meanwhile.
        assert!(number > model.current().1);
        model.open((path, number))
    };
    run(steps, world);
    world.borrow_mut().model.close(id);
}

fn run(steps: Vec<Step>, world: &Rc<RefCell<World>>) {
    world.borrow_mut().depth += 1;
    for step in steps {
        match step {
            Step::Open { name, is_static, is_root } => world.borrow_mut().open(name, is_static, is_root),
            Step::Close { guard, elsewhere } => world.borrow_mut().close(guard, elsewhere),
            Step::Detach => world.borrow_mut().detach(),
            Step::Enter(scope) => world.borrow_mut().enter(scope),
            Step::Exit(scope) => world.borrow_mut().exit(scope),
            Step::End(scope) => world.borrow_mut().end(scope),
            Step::Call(site, steps) => call(site, steps, world),
            Step::Spawn => world.borrow_mut().spawn(world),
            Step::Poll(task, steps) => poll(task, steps, world),
            Step::Cancel(task) => world.borrow_mut().cancel(task),
            Step::Look => assert_eq!(current(), *world.borrow().model.current()),
        }
    }
    let mut world = world.borrow_mut();
    world.exit_all();
    world.depth -= 1;
}

/// On a thread of its own, which knows nothing of other histories.
fn check(steps: Vec<Step>) {
    let world = Rc::new(RefCell::new(World::default()));
    world.borrow_mut().model.lists.push((Place::default(), Vec::new()));
    run(steps, &world);
    assert_eq!(current(), *world.borrow().model.current());
    let World { guards, scopes, tasks, .. } = world.take();
    drop((guards, scopes, tasks));
    assert_eq!(current(), Place::default());
}

#[test]
fn whatever_ends_when_and_where_what_starts_is_below_the_innermost_that_is_open() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let _guard = receiver.builder().init().expect("a client");
    let config = ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() };
    proptest!(config, |(steps in steps())| {
        let checked = std::thread::spawn(|| check(steps)).join();
        prop_assert!(checked.is_ok());
    });
}
