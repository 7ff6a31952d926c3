//! The page in the browser, and the hands of whoever uses it.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fantoccini::Client;
use fantoccini::Locator;
use fantoccini::elements::Element;
use serde_json::{Value, json};

use crate::command::Post;

/// How long something may take until it is said never to happen. Machines that test are busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked.
const POLL: Duration = Duration::from_millis(20);

/// Which colours the person prefers.
#[derive(Clone, Copy, Debug)]
pub enum Scheme {
    /// Dark text on a light ground.
    Light,
    /// The other way around.
    Dark,
}

/// One page in one browser.
pub struct Page {
    client: Client,
    base: String,
}

/// Collects what goes wrong on the page, from its beginning on.
const WATCH: &str = "
    window.problems = [];
    addEventListener('securitypolicyviolation', (event) => problems.push('policy: ' + event.violatedDirective));
    addEventListener('error', (event) => problems.push('error: ' + event.message));
    addEventListener('unhandledrejection', (event) => problems.push('rejection: ' + event.reason));
    window.alert = (text) => problems.push('alert: ' + text);";

impl Page {
    pub(crate) async fn new(client: Client, base: &str) -> Self {
        let page = Page { client, base: base.to_owned() };
        page.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": WATCH})).await;
        page
    }

    /// Opens the page with this fragment, anew.
    pub async fn open(&self, fragment: &str) {
        // A change of the fragment alone would load nothing.
        self.client.goto("about:blank").await.expect("a blank page");
        self.goto(&format!("/#{fragment}")).await;
    }

    /// Opens an address of the server.
    pub async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.expect("the page");
    }

    /// Opens a timeline, and waits until its rows are there.
    pub async fn open_timeline(&self, fragment: &str) {
        self.open(fragment).await;
        self.until(ROWS).await;
        self.until("document.querySelector('.loading').textContent === ''").await;
        // What comes above the picture moves it.
        self.until("document.querySelector('#strip').dataset.runs !== undefined").await;
    }

    /// The value of an expression in the page.
    pub async fn value(&self, expression: &str) -> Value {
        self.client.execute(&format!("return ({expression});"), vec![]).await.expect(expression)
    }

    /// The value of an expression as a text.
    pub async fn text(&self, expression: &str) -> String {
        let value = self.value(expression).await;
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// Waits until an expression holds, and answers its value.
    pub async fn until(&self, expression: &str) -> Value {
        let script = format!("try {{ return ({expression}) || null; }} catch {{ return null; }}");
        let deadline = Instant::now() + PATIENCE;
        loop {
            // While another page is on its way there is nobody to answer.
            let value = self.client.execute(&script, vec![]).await.unwrap_or_default();
            if !value.is_null() {
                return value;
            }
            assert!(Instant::now() < deadline, "never: {expression}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until the text of an element contains this.
    pub async fn until_text(&self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        self.until(&format!("document.querySelector({selector}).textContent.includes({text})")).await;
    }

    /// Waits until the address contains this.
    pub async fn until_address(&self, part: &str) {
        self.until(&format!("decodeURIComponent(location.hash).includes({})", json!(part))).await;
    }

    async fn element(&self, selector: &str) -> Element {
        let wait = self.client.wait().for_element(Locator::Css(selector));
        wait.await.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// Clicks on an element, as a mouse does.
    pub async fn click(&self, selector: &str) {
        self.element(selector).await.click().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Chooses an option by its value.
    pub async fn choose(&self, selector: &str, value: &str) {
        self.element(selector).await.select_by_value(value).await.expect("the option");
    }

    /// Types into an element.
    pub async fn type_into(&self, selector: &str, text: &str) {
        self.element(selector).await.send_keys(text).await.expect("typed");
    }

    /// Presses keys, one after the other.
    pub async fn press(&self, keys: &[&str]) {
        let each = keys.iter().flat_map(|key| [key_action("keyDown", key), key_action("keyUp", key)]);
        self.act(json!([{"type": "key", "id": "keys", "actions": each.collect::<Vec<_>>()}])).await;
    }

    /// Presses a key while others are held.
    pub async fn press_with(&self, held: &str, key: &str) {
        let actions = json!([
            key_action("keyDown", held),
            key_action("keyDown", key),
            key_action("keyUp", key),
            key_action("keyUp", held)
        ]);
        self.act(json!([{"type": "key", "id": "keys", "actions": actions}])).await;
    }

    /// Where a point of an element is in the window; parts of its width and height, 0 to 1.
    pub async fn place(&self, selector: &str, across: f64, down: f64) -> (f64, f64) {
        let script = format!(
            "(() => {{ const box = document.querySelector({}).getBoundingClientRect();
               return [box.left + box.width * {across}, box.top + box.height * {down}]; }})()",
            json!(selector)
        );
        let place = self.value(&script).await;
        (place[0].as_f64().expect("x"), place[1].as_f64().expect("y"))
    }

    /// Moves the mouse to a place in the window.
    pub async fn hover(&self, (x, y): (f64, f64)) {
        self.mouse(json!([move_action(x, y)])).await;
    }

    /// Clicks at a place in the window.
    pub async fn click_at(&self, (x, y): (f64, f64)) {
        let (down, up) =
            (json!({"type": "pointerDown", "button": 0}), json!({"type": "pointerUp", "button": 0}));
        self.mouse(json!([move_action(x, y), down, up])).await;
    }

    /// Clicks twice at a place in the window.
    pub async fn double_click_at(&self, (x, y): (f64, f64)) {
        let (down, up) =
            (json!({"type": "pointerDown", "button": 0}), json!({"type": "pointerUp", "button": 0}));
        self.mouse(json!([move_action(x, y), down, up, down, up])).await;
    }

    /// Drags from one place in the window to another one.
    pub async fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        self.mouse(json!([
            move_action(from.0, from.1),
            {"type": "pointerDown", "button": 0},
            move_action(middle.0, middle.1),
            move_action(to.0, to.1),
            {"type": "pointerUp", "button": 0}
        ]))
        .await;
    }

    async fn mouse(&self, actions: Value) {
        let parameters = json!({"pointerType": "mouse"});
        self.act(json!([{"type": "pointer", "id": "mouse", "parameters": parameters, "actions": actions}]))
            .await;
    }

    /// Turns the wheel at a place; with Ctrl held, that zooms.
    pub async fn wheel(&self, (x, y): (f64, f64), down: i32, with_control: bool) {
        let scroll = json!({"type": "scroll", "x": pixel(x), "y": pixel(y), "deltaX": 0, "deltaY": down, "origin": "viewport", "duration": 0});
        let pause = json!({"type": "pause", "duration": 0});
        let wheel = json!({"type": "wheel", "id": "wheel", "actions": [pause, scroll, pause]});
        let (press, release) = (key_action("keyDown", CONTROL), key_action("keyUp", CONTROL));
        let keys = json!({"type": "key", "id": "keys", "actions": [press, pause, release]});
        self.act(if with_control { json!([keys, wheel]) } else { json!([wheel]) }).await;
    }

    async fn act(&self, sources: Value) {
        let actions = json!({"actions": sources});
        self.client.issue_cmd(Post::new("actions", actions)).await.expect("the actions");
    }

    /// Asks Chromium itself.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.client.issue_cmd(Post::new("goog/cdp/execute", body)).await.expect(command)
    }

    /// Lets the page believe that the person prefers these colours.
    pub async fn prefer(&self, scheme: Scheme) {
        let value = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let features = json!([{"name": "prefers-color-scheme", "value": value}]);
        self.cdp("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Gives the window a size, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Keeps a picture of the page for people to look at.
    pub async fn shot(&self, name: &str) {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/shots"));
        fs::create_dir_all(&folder).expect("a folder for pictures");
        let picture = self.client.screenshot().await.expect("a picture");
        fs::write(folder.join(format!("{name}.png")), picture).expect("a file");
    }

    /// What went wrong on the page so far: refused by its policy, thrown, shown by a script that should not run.
    pub async fn problems(&self) -> Value {
        self.value("window.problems ?? []").await
    }

    /// Runs a script that calls back with a value.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute_async(script, arguments).await.expect("the script")
    }

    pub(crate) async fn close(self) {
        // The driver ends the browser anyway.
        let _ = self.client.close().await;
    }
}

/// Holds once rows are drawn.
pub(crate) const ROWS: &str = "document.querySelectorAll('#tree .row:not([hidden])').length > 0";

/// The code point that WebDriver has for the key.
const CONTROL: &str = "\u{E009}";

/// A whole place: WebDriver takes no others for wheels.
fn pixel(place: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "no window is that large")]
    let whole = place.round() as i64;
    whole
}

fn key_action(kind: &str, key: &str) -> Value {
    json!({"type": kind, "value": key})
}

fn move_action(x: f64, y: f64) -> Value {
    json!({"type": "pointerMove", "x": pixel(x), "y": pixel(y), "origin": "viewport", "duration": 0})
}
