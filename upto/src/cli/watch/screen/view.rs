//! What is on the screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::cli::api::Timeline;
use crate::cli::failure::Failure;
use crate::cli::render::{Picture, headline};
use crate::cli::terminal::Colour;
use crate::cli::text::harmless;
use crate::cli::watch::painter::Painting;

const KEYS: &str = "q quit   ↑ ↓ PgUp PgDn Home End scroll";

/// A picture, and which part of it is seen.
#[derive(Debug)]
pub(super) struct View {
    has_colours: bool,
    picture: Option<Picture>,
    /// When it will be done, if that is known.
    forecast: Option<String>,
    /// What is wrong at the moment; empty: nothing.
    problem: String,
    /// The first row that is seen.
    top: usize,
    /// Rows that were seen last.
    height: usize,
}

impl View {
    pub(super) fn new(has_colours: bool) -> Self {
        View { has_colours, picture: None, forecast: None, problem: String::new(), top: 0, height: 0 }
    }

    /// Forgets the timeline that was shown.
    pub(super) fn clear(&mut self) {
        *self = View::new(self.has_colours);
    }

    /// Says what is wrong; nothing, if it is empty.
    pub(super) fn tell(&mut self, problem: &str) {
        self.problem = harmless(problem).into_owned();
    }

    /// Shows this from now on; where there is no picture, why.
    pub(super) fn paint(&mut self, painting: Result<Painting, Failure>) {
        match painting {
            Ok(Painting { picture, forecast }) => (self.picture, self.forecast) = (Some(picture), forecast),
            Err(failure) => self.tell(&failure.to_string()),
        }
    }

    /// Moves down by so many rows.
    pub(super) fn scroll(&mut self, rows: isize) {
        let count = self.picture.as_ref().map_or(0, |picture| picture.rows.len());
        let lowest = count.saturating_sub(self.height);
        self.top = self.top.saturating_add_signed(rows).min(lowest);
    }

    /// Moves down by so many screens.
    pub(super) fn page(&mut self, pages: isize) {
        self.scroll(pages.saturating_mul(isize::try_from(self.height).unwrap_or(isize::MAX)));
    }

    /// Draws everything, at a time in nanoseconds since the epoch.
    pub(super) fn draw(&mut self, frame: &mut Frame<'_>, timeline: &Timeline, now: i64) {
        let when = Constraint::Length(u16::from(self.forecast.is_some()));
        let areas =
            Layout::vertical([Constraint::Length(1), when, Constraint::Min(0), Constraint::Length(1)]);
        let [head, when, body, foot] = areas.areas(frame.area());
        frame.render_widget(Line::styled(headline(timeline), self.style(Colour::Bold)), head);
        let forecast = harmless(self.forecast.as_deref().unwrap_or_default());
        frame.render_widget(Line::raw(forecast), when);
        self.height = usize::from(body.height);
        self.scroll(0);
        for (row, line) in body.rows().zip(self.lines(usize::from(body.width), now)) {
            frame.render_widget(line, row);
        }
        frame.render_widget(self.foot(), foot);
    }

    fn lines(&self, width: usize, now: i64) -> Vec<Line<'static>> {
        let Some(picture) = &self.picture else { return Vec::new() };
        let layout = picture.layout(width, now);
        let seen = picture.rows.iter().skip(self.top).take(self.height);
        let line = |pieces: [(Colour, String); 4]| {
            let spans = pieces.map(|(colour, text)| Span::styled(text + " ", self.style(colour)));
            Line::from(spans.to_vec())
        };
        seen.map(|row| line(layout.pieces(row))).collect()
    }

    fn foot(&self) -> Line<'static> {
        match self.problem.is_empty() {
            true => Line::styled(KEYS, self.style(Colour::Dim)),
            false => Line::styled(self.problem.clone(), self.style(Colour::Failed)),
        }
    }

    fn style(&self, colour: Colour) -> Style {
        let style = Style::new();
        match colour {
            Colour::Bold => style.add_modifier(Modifier::BOLD),
            Colour::Dim => style.add_modifier(Modifier::DIM),
            _ if !self.has_colours => style,
            Colour::Plain => style,
            Colour::Running => style.fg(Color::Cyan),
            Colour::Failed => style.fg(Color::Red),
            Colour::Doubtful => style.fg(Color::Yellow),
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::cli::render::rows;

    fn timeline() -> Timeline {
        let timeline = r#"{"context":"c","name":"t","state":"running","first":"1970-01-01T00:00:00Z",
            "last":"1970-01-01T00:00:10Z","duration_seconds":10.0}"#;
        serde_json::from_str(timeline).expect("a timeline")
    }

    fn picture(count: usize) -> Painting {
        let node = |number: usize| {
            format!(
                r#"{{"segment":"step {number}","first":"1970-01-01T00:00:00Z","last":"1970-01-01T00:00:10Z",
                "duration_seconds":10.0,"occurrences":1,"open":0,"failed":1,"unknown_start":0,"children":[]}}"#
            )
        };
        let roots: Vec<_> = (0..count).map(node).collect();
        let rows = rows(&format!(r#"{{"roots":[{}]}}"#, roots.join(",")), None).expect("a tree");
        Painting { picture: Picture::new(&timeline(), rows), forecast: None }
    }

    /// What is seen on 50 columns and five rows: three of the tree.
    fn seen(view: &mut View) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(50, 5)).expect("a terminal");
        terminal.draw(|frame| view.draw(frame, &timeline(), 0)).expect("drawn");
        let buffer = terminal.backend().buffer();
        let line = |row: u16| (0..50).map(|column| buffer[(column, row)].symbol()).collect::<String>();
        (0..5).map(|row| line(row).trim_end().to_owned()).collect()
    }

    #[test]
    fn the_tree_is_between_the_headline_and_the_keys() {
        let mut view = View::new(false);
        assert_eq!(seen(&mut view)[1], "");
        view.paint(Ok(picture(2)));
        let seen = seen(&mut view);
        assert_eq!(seen[0], "c  t  running  10.00 s");
        assert_eq!(seen[1], "step 0 █████████████████████       10.00 s failed");
        assert!(seen[2].starts_with("step 1 █") && seen[3].is_empty(), "{seen:?}");
        assert!(seen[4].starts_with("q quit"), "{seen:?}");
    }

    #[test]
    fn what_is_left_stands_below_the_headline_and_goes_when_it_is_not_known_any_more() {
        let mut view = View::new(false);
        view.paint(Ok(Painting { forecast: Some("40 %\u{1b}".into()), ..picture(1) }));
        let with = seen(&mut view);
        assert_eq!(with[1], "40 %\u{fffd}");
        assert!(with[2].starts_with("step 0 █"), "{with:?}");
        view.paint(Ok(picture(1)));
        assert!(seen(&mut view)[1].starts_with("step 0 █"));
    }

    #[test]
    fn scrolling_ends_at_the_ends() {
        let mut view = View::new(true);
        view.paint(Ok(picture(10)));
        let first = |view: &mut View| seen(view)[1].split(" █").next().map(str::to_owned);
        first(&mut view);
        for (rows, expected) in
            [(1, "step 1"), (isize::MAX, "step 7"), (-2, "step 5"), (isize::MIN, "step 0")]
        {
            view.scroll(rows);
            assert_eq!(first(&mut view).as_deref(), Some(expected), "{rows}");
        }
        view.page(1);
        assert_eq!(first(&mut view).as_deref(), Some("step 3"));
        view.paint(Ok(picture(1)));
        assert_eq!(first(&mut view).as_deref(), Some("step 0"));
    }

    #[test]
    fn problems_stand_where_the_keys_do_and_are_harmless() {
        let mut view = View::new(true);
        view.tell("gone\u{1b}[2J; trying again");
        assert_eq!(seen(&mut view)[4], "gone\u{fffd}[2J; trying again");
        view.tell("");
        assert!(seen(&mut view)[4].starts_with("q quit"));
    }
}
