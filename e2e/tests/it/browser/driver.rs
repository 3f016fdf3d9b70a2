//! A client of chromedriver (W3C WebDriver): one browser of its own for each test.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

/// Where chromedriver is.
const VARIABLE: &str = "MERCANTILE_TEST_CHROMEDRIVER";
/// The key of an element's id (WebDriver, section 12.3).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Whether there is a browser.
pub(super) fn is_available() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// How often the start of chromedriver is tried.
const ATTEMPTS: usize = 5;

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scripts {
    On,
    Off,
}

/// A browser. Dropped, it is closed.
pub(super) struct Driver {
    process: Child,
    http: reqwest::Client,
    session: String,
}

/// An element of the page.
#[derive(Debug, Clone)]
pub(super) struct Element(String);

/// Starts chromedriver; returns its port too. `None` if it ends at once.
fn start_chromedriver() -> Option<(Child, String)> {
    let program = std::env::var_os(VARIABLE).expect("a chromedriver");
    let mut process = Command::new(program)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Chromium's processes are in the same group, so that they end with it.
        .process_group(0)
        .spawn()
        .expect("chromedriver starts");
    let output = process.stdout.take().expect("its output");
    let mut lines = BufReader::new(output).lines();
    let started = lines.find_map(|line| {
        let line = line.expect("the output of chromedriver");
        let (_, rest) = line.split_once("started successfully on port ")?;
        Some(rest.trim_end_matches('.').to_owned())
    });
    let Some(port) = started else {
        process.wait().expect("chromedriver ends");
        return None;
    };
    // It would stop at a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    Some((process, port))
}

impl Driver {
    /// Starts a browser with a window of a laptop.
    pub(super) async fn start(scripts: Scripts) -> Self {
        // It takes a free port of IPv4, and ends if that port is in use for IPv6.
        let (process, port) = (0..ATTEMPTS)
            .find_map(|_| start_chromedriver())
            .expect("chromedriver starts");

        let content = match scripts {
            Scripts::On => 1,
            Scripts::Off => 2,
        };
        let arguments = [
            "--headless=new",
            // Tests run as root in containers, where Chromium has no sandbox.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--window-size=1280,1000",
        ];
        let options = json!({
            "args": arguments,
            "prefs": {"profile.managed_default_content_settings.javascript": content},
        });
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
        }}});
        let mut driver = Self {
            process,
            http: reqwest::Client::new(),
            session: format!("http://127.0.0.1:{port}/session"),
        };
        let session = driver.post("", capabilities).await;
        let id = session["sessionId"].as_str().expect("a session");
        driver.session = format!("{}/{id}", driver.session);
        driver
    }

    /// Opens a URL.
    pub(super) async fn open(&self, url: &str) {
        self.post("/url", json!({ "url": url })).await;
    }

    /// The URL of the page.
    pub(super) async fn url(&self) -> String {
        self.get("/url").await.as_str().unwrap().to_owned()
    }

    /// Loads the page again.
    pub(super) async fn reload(&self) {
        self.post("/refresh", json!({})).await;
    }

    /// The elements that an XPath finds.
    pub(super) async fn find(&self, xpath: &str) -> Vec<Element> {
        let query = json!({"using": "xpath", "value": xpath});
        let found = self.post("/elements", query).await;
        let elements = found.as_array().expect("elements").iter();
        let ids = elements.map(|element| element[ELEMENT].as_str().unwrap().to_owned());
        ids.map(Element).collect()
    }

    /// Whether a person sees the element; false if it is gone.
    pub(super) async fn is_visible(&self, Element(id): &Element) -> bool {
        let path = format!("/element/{id}/displayed");
        self.try_get(&path).await.is_some_and(|value| value == true)
    }

    /// The text of the element that people see; `None` if it is gone.
    pub(super) async fn text(&self, Element(id): &Element) -> Option<String> {
        let text = self.try_get(&format!("/element/{id}/text")).await?;
        text.as_str().map(str::to_owned)
    }

    /// Clicks on the element. False if that was not possible: it may be gone or covered for a moment.
    pub(super) async fn click(&self, Element(id): &Element) -> bool {
        let path = format!("/element/{id}/click");
        self.try_post(&path, json!({})).await.is_some()
    }

    /// Empties a field.
    pub(super) async fn clear(&self, Element(id): &Element) {
        self.post(&format!("/element/{id}/clear"), json!({})).await;
    }

    /// Types into the element.
    pub(super) async fn write(&self, Element(id): &Element, text: &str) {
        let path = format!("/element/{id}/value");
        self.post(&path, json!({ "text": text })).await;
    }

    /// Presses and releases a key, wherever the focus is.
    pub(super) async fn press(&self, key: &str) {
        let actions = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let source = json!({"type": "key", "id": "keyboard", "actions": actions});
        self.post("/actions", json!({"actions": [source]})).await;
    }

    /// The element with the focus.
    pub(super) async fn focused(&self) -> Option<Element> {
        let element = self.try_get("/element/active").await?;
        element[ELEMENT].as_str().map(|id| Element(id.to_owned()))
    }

    /// Runs a script in the page and returns its result.
    pub(super) async fn run(&self, script: &str) -> Value {
        let script = json!({"script": script, "args": []});
        self.post("/execute/sync", script).await
    }

    /// Runs a script that calls its last argument with its result.
    pub(super) async fn run_async(&self, script: &str) -> Value {
        let script = json!({"script": script, "args": []});
        self.post("/execute/async", script).await
    }

    /// Shows pages as to a person who prefers dark ones (Chrome DevTools Protocol).
    pub(super) async fn prefer_dark(&self) {
        let features = json!([{"name": "prefers-color-scheme", "value": "dark"}]);
        let command = json!({
            "cmd": "Emulation.setEmulatedMedia", "params": {"features": features},
        });
        self.post("/goog/cdp/execute", command).await;
    }

    /// Makes the window as large as this, in pixels.
    pub(super) async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height});
        self.post("/window/rect", size).await;
    }

    /// The visible part of the page as a PNG.
    pub(super) async fn screenshot(&self) -> Vec<u8> {
        let encoded = self.get("/screenshot").await;
        let encoded = encoded.as_str().expect("base64");
        STANDARD.decode(encoded).expect("base64")
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.session);
        answer(self.http.get(url)).await.expect(path)
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.session);
        answer(self.http.post(url).json(&body)).await.expect(path)
    }

    async fn try_get(&self, path: &str) -> Option<Value> {
        let url = format!("{}{path}", self.session);
        answer(self.http.get(url)).await.ok()
    }

    async fn try_post(&self, path: &str, body: Value) -> Option<Value> {
        let url = format!("{}{path}", self.session);
        answer(self.http.post(url).json(&body)).await.ok()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw);
        if let Some(group) = group {
            // It may have ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.process.wait();
    }
}

/// The value of an answer, or the message of an error.
async fn answer(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let answer = request.send().await.expect("an answer of chromedriver");
    let is_good = answer.status().is_success();
    let mut body: Value = answer.json().await.expect("JSON");
    match is_good {
        true => Ok(body["value"].take()),
        false => Err(body["value"]["message"].to_string()),
    }
}
