//! Fetches the tree, and when it will be done, after changes: beside the one who shows it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::api::{Api, Timeline};
use crate::cli::failure::Failure;
use crate::cli::render::{Forecast, Picture, rows};

/// How long a tree is shown at least before the next one is fetched.
const PAUSE: Duration = Duration::from_millis(500);
/// How many times as long as fetching it took: so that a large tree does not keep the server busy.
const SHARE: u32 = 10;

/// Makes pictures of a timeline.
#[derive(Debug)]
pub(super) struct Painter {
    wanted: Sender<Timeline>,
    pictures: Receiver<Painted>,
}

/// A picture of a running timeline, and when that will be done, if the server says so.
#[derive(Debug)]
pub(super) struct Painting {
    pub(super) picture: Picture,
    pub(super) forecast: Option<String>,
}

/// The timeline's name, and its picture.
type Painted = (String, Result<Painting, Failure>);

impl Painter {
    /// # Errors
    /// The system has no thread for it.
    pub(super) fn start(api: Arc<Api>) -> Result<Self, Failure> {
        let (wanted, asked) = channel();
        let (give, pictures) = channel();
        let paint = move || paint_while_asked(&api, &asked, &give);
        thread::Builder::new().name("upto-painter".to_owned()).spawn(paint)?;
        Ok(Painter { wanted, pictures })
    }

    /// Asks for a picture of the timeline as it is now.
    pub(super) fn ask(&self, timeline: &Timeline) {
        // If the thread has ended, the last picture stays.
        let _ = self.wanted.send(timeline.clone());
    }

    /// The newest picture of this timeline, if there is one since this was last asked.
    pub(super) fn picture_of(&self, timeline: &str) -> Option<Result<Painting, Failure>> {
        let of_it = self.pictures.try_iter().filter(|(name, _)| name == timeline);
        of_it.last().map(|(_, picture)| picture)
    }
}

fn paint_while_asked(api: &Api, asked: &Receiver<Timeline>, give: &Sender<Painted>) {
    while let Ok(first) = asked.recv() {
        // What was asked meanwhile is answered by the same picture.
        let timeline = asked.try_iter().last().unwrap_or(first);
        let began = Instant::now();
        let picture = paint(api, &timeline);
        if give.send((timeline.name, picture)).is_err() {
            return;
        }
        thread::sleep(PAUSE.max(began.elapsed() * SHARE));
    }
}

fn paint(api: &Api, timeline: &Timeline) -> Result<Painting, Failure> {
    let tree = api.follow(&timeline.links, "tree")?;
    let rows = rows(&tree, None).map_err(|error| api.strange(&error.to_string()))?;
    Ok(Painting {
        picture: Picture::new(timeline, rows),
        forecast: forecast(api, timeline).and_then(|forecast| forecast.text()),
    })
}

/// When it will be done. An older server does not say so, nor does one that has too much to do.
pub(super) fn forecast(api: &Api, timeline: &Timeline) -> Option<Forecast> {
    let is_running = timeline.state.as_deref() == Some("running") && timeline.first.is_some();
    is_running.then(|| api.get(&timeline.links, "forecast"))?.ok()
}
