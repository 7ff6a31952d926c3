//! The whole terminal: the tree with its bars, as it grows.

mod view;

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use self::view::View;
use super::feed::{Feed, Told};
use super::painter::Painter;
use crate::cli::api::Api;
use crate::cli::failure::Failure;
use crate::cli::{mark, terminal};

/// How often the bars of what is open grow, and how long a key waits at most.
const FRAME: Duration = Duration::from_millis(100);
const NEWS_PER_FRAME: usize = 256;
/// The exit code of a program whose terminal was closed, as if by the signal.
const HANGUP: i32 = 129;

/// Shows it until somebody presses `q`.
pub(super) fn watch(api: Arc<Api>, feed: Feed) -> Result<(), Failure> {
    let painter = Painter::start(api)?;
    let stopped = Arc::new(AtomicBool::new(false));
    stop_on_signals(&stopped)?;
    let keys = Keys::of_terminal();
    let mut screen = ratatui::try_init()?;
    let ended = show(&mut screen, feed, &painter, (&keys, &stopped));
    let restored = ratatui::try_restore();
    match ended {
        // Nobody is there to be told anything.
        _ if keys.are_gone() => std::process::exit(HANGUP),
        ended => ended.and(Ok(restored?)),
    }
}

/// Ends with the terminal as it was, too, when it is told to end.
fn stop_on_signals(stopped: &Arc<AtomicBool>) -> std::io::Result<()> {
    #[cfg(unix)]
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, stopped.clone())?;
    }
    Ok(())
}

fn show(
    screen: &mut DefaultTerminal,
    mut feed: Feed,
    painter: &Painter,
    (keys, stopped): (&Keys, &AtomicBool),
) -> Result<(), Failure> {
    let mut view = View::new(terminal::Terminal::of_output().has_colours);
    while !stopped.load(Ordering::Relaxed) {
        hear_all(&mut view, &mut feed, painter);
        if let Some(picture) = painter.picture_of(&feed.timeline().name) {
            view.paint(picture);
        }
        let now = mark::nanoseconds(SystemTime::now());
        screen.draw(|frame| view.draw(frame, feed.timeline(), now))?;
        keys.wait()?;
        if keys.are_gone() || event::poll(Duration::ZERO)? && is_quit(&event::read()?, &mut view) {
            break;
        }
    }
    Ok(())
}

/// Where keys come from.
struct Keys {
    /// The standard input is the terminal. One that has been closed is none any more, so this is asked only once.
    are_input: bool,
}

impl Keys {
    fn of_terminal() -> Self {
        Keys { are_input: std::io::stdin().is_terminal() }
    }

    /// Waits for a key, but not beyond the next frame.
    fn wait(&self) -> std::io::Result<()> {
        match self.are_input {
            true => wait_for(&std::io::stdin(), FRAME).map(|_| ()),
            // They come from the terminal all the same.
            false => event::poll(FRAME).map(|_| ()),
        }
    }

    /// True if the terminal has been closed. What reads keys would then be told for ever that there are some.
    fn are_gone(&self) -> bool {
        self.are_input && wait_for(&std::io::stdin(), Duration::ZERO).is_ok_and(|are_gone| are_gone)
    }
}

/// Waits for something to read; true: nothing will ever come.
#[cfg(unix)]
fn wait_for(keys: &std::io::Stdin, longest: Duration) -> std::io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let longest = Timespec::try_from(longest).ok();
    let mut waiting = [PollFd::new(keys, PollFlags::IN)];
    match poll(&mut waiting, longest.as_ref()) {
        // The terminal may have another size.
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(waiting[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)),
    }
}

#[cfg(not(unix))]
fn wait_for(_keys: &std::io::Stdin, longest: Duration) -> std::io::Result<bool> {
    event::poll(longest).map(|_| false)
}

/// Hears what has come; where more comes all the time, a frame is drawn in between.
fn hear_all(view: &mut View, feed: &mut Feed, painter: &Painter) {
    for _ in 0..NEWS_PER_FRAME {
        match feed.next(Duration::ZERO) {
            Some(told) => hear(view, told, feed, painter),
            None => return,
        }
    }
}

fn hear(view: &mut View, told: Told, feed: &Feed, painter: &Painter) {
    match told {
        Told::Broken(reason) => return view.tell(&format!("{reason}; trying again")),
        Told::Moved => view.clear(),
        Told::Anew => view.tell(""),
        Told::Events(_) | Told::Numbers => {}
    }
    painter.ask(feed.timeline());
}

/// True if this key ends the watching; others move the view.
fn is_quit(event: &Event, view: &mut View) -> bool {
    let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) = event else { return false };
    match code {
        KeyCode::Char('q') | KeyCode::Esc => return true,
        KeyCode::Char('c') if modifiers.contains(KeyModifiers::CONTROL) => return true,
        KeyCode::Up | KeyCode::Char('k') => view.scroll(-1),
        KeyCode::Down | KeyCode::Char('j') => view.scroll(1),
        KeyCode::PageUp => view.page(-1),
        KeyCode::PageDown | KeyCode::Char(' ') => view.page(1),
        KeyCode::Home => view.scroll(isize::MIN),
        KeyCode::End => view.scroll(isize::MAX),
        _ => {}
    }
    false
}
