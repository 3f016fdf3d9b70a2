//! The sheet that a drawing is made on: background, light, shadows, and flat shapes.

use super::palette::{Palette, Tone};

/// Where things that stand on the table touch it.
pub(super) const GROUND: i32 = 322;
const HORIZON: i32 = 266;

/// A drawing in progress.
pub(super) struct Still {
    palette: Palette,
    seed: i32,
    size: (i32, i32),
    svg: String,
}

impl Still {
    /// An empty sheet. The name varies the light.
    pub(super) fn new(palette: Palette, name: &str) -> Self {
        let seed = name
            .bytes()
            .fold(7, |sum: i32, byte| (sum * 31 + i32::from(byte)) % 1_009);
        Self {
            palette,
            seed,
            size: (400, 400),
            svg: String::new(),
        }
    }

    /// Changes the size of the sheet.
    pub(super) fn resize(&mut self, width: i32, height: i32) {
        self.size = (width, height);
    }

    /// A number that only depends on the name, from 0 to `limit - 1`.
    pub(super) fn variation(&self, limit: i32) -> i32 {
        self.seed % limit
    }

    /// A wall and a table, seen from the side, with the light of a window.
    pub(super) fn table(&mut self) {
        let (width, height) = self.size;
        self.rect(Tone::Wall, 0, 0, width, height, 0);
        let x = -60 + self.variation(6) * 14;
        for pane in [x, x + 104] {
            let d = format!("M{pane} 0h86l148 {HORIZON}h-86z");
            self.path("fill=\"#fff\" opacity=\".32\"", &d);
        }
        let depth = height - HORIZON;
        self.rect(Tone::Table, 0, HORIZON, width, depth, 0);
        for pane in [x + 148, x + 252] {
            let d = format!("M{pane} {HORIZON}h86l116 {depth}h-86z");
            self.path("fill=\"#fff\" opacity=\".22\"", &d);
        }
    }

    /// The table alone, seen from above.
    pub(super) fn above(&mut self) {
        self.rect(Tone::Table, 0, 0, 400, 400, 0);
        let x = -150 + self.variation(6) * 18;
        for pane in [x, x + 168] {
            let d = format!("M{pane} 0h142l224 400h-142z");
            self.path("fill=\"#fff\" opacity=\".26\"", &d);
        }
    }

    /// Other walls than those of the category: an evening without a window.
    pub(super) fn evening(&mut self) {
        self.rect(Tone::Wall, 0, 0, 400, 400, 0);
        self.rect(Tone::Table, 0, HORIZON, 400, 134, 0);
    }

    /// The shadow of something that stands on the table from `left` to `right`.
    pub(super) fn ground(&mut self, left: i32, right: i32) {
        self.ground_at(left, right, GROUND);
    }

    /// The same at another height.
    pub(super) fn ground_at(&mut self, left: i32, right: i32, y: i32) {
        let width = right - left;
        let (rx, ry) = (width * 64 / 100, 7 + width / 16);
        let cx = left + rx + 4;
        let dark = self.palette.dark;
        self.svg.push_str(&format!(
            "<ellipse cx=\"{cx}\" cy=\"{y}\" rx=\"{rx}\" ry=\"{ry}\" fill=\"{dark}\" opacity=\".26\"/>"
        ));
    }

    /// The shadow of something that lies on the table.
    pub(super) fn cast(&mut self, d: &str) {
        let dark = self.palette.dark;
        let attributes = format!("fill=\"{dark}\" opacity=\".28\" transform=\"translate(9 12)\"");
        self.path(&attributes, d);
    }

    /// A filled shape.
    pub(super) fn fill(&mut self, tone: Tone, d: &str) {
        let attributes = format!("fill=\"{}\"", self.palette.color(tone));
        self.path(&attributes, d);
    }

    /// A filled shape with the shadow of something that lies.
    pub(super) fn piece(&mut self, tone: Tone, d: &str) {
        self.cast(d);
        self.fill(tone, d);
    }

    /// A stroke with round ends.
    pub(super) fn line(&mut self, tone: Tone, width: i32, d: &str) {
        let color = self.palette.color(tone);
        self.stroke(color, "1", width, d);
    }

    /// A stroke with the shadow of something that lies.
    pub(super) fn cord(&mut self, tone: Tone, width: i32, d: &str) {
        let dark = self.palette.dark;
        self.svg.push_str("<g transform=\"translate(7 9)\">");
        self.stroke(dark, ".28", width, d);
        self.svg.push_str("</g>");
        self.line(tone, width, d);
    }

    /// The part of a shape that is turned away from the light.
    pub(super) fn shade(&mut self, d: &str) {
        self.path("fill=\"#1d130c\" opacity=\".2\"", d);
    }

    /// The part of a shape that the light falls on.
    pub(super) fn glint(&mut self, d: &str) {
        self.path("fill=\"#fff\" opacity=\".34\"", d);
    }

    /// A line of light.
    pub(super) fn glint_line(&mut self, width: i32, d: &str) {
        self.stroke("#fff", ".42", width, d);
    }

    /// A line of shade.
    pub(super) fn shade_line(&mut self, width: i32, d: &str) {
        self.stroke("#1d130c", ".22", width, d);
    }

    /// A rectangle; `radius` rounds its corners.
    pub(super) fn rect(
        &mut self,
        tone: Tone,
        x: i32,
        y: i32,
        width: i32,
        height: i32,
        radius: i32,
    ) {
        self.fill(tone, &rounded(x, y, width, height, radius));
    }

    /// A rectangle that lies on the table.
    pub(super) fn block(
        &mut self,
        tone: Tone,
        x: i32,
        y: i32,
        width: i32,
        height: i32,
        radius: i32,
    ) {
        self.piece(tone, &rounded(x, y, width, height, radius));
    }

    /// An ellipse.
    pub(super) fn oval(&mut self, tone: Tone, cx: i32, cy: i32, rx: i32, ry: i32) {
        self.fill(tone, &ellipse(cx, cy, rx, ry));
    }

    /// A circle.
    pub(super) fn dot(&mut self, tone: Tone, cx: i32, cy: i32, radius: i32) {
        self.oval(tone, cx, cy, radius, radius);
    }

    /// A disc that lies on the table.
    pub(super) fn disc(&mut self, tone: Tone, cx: i32, cy: i32, radius: i32) {
        self.piece(tone, &ellipse(cx, cy, radius, radius));
    }

    /// A circle of light around a lamp.
    pub(super) fn glow(&mut self, cx: i32, cy: i32, radius: i32) {
        for (share, opacity) in [(100, ".14"), (70, ".2"), (42, ".34")] {
            let color = self.palette.spark;
            let attributes = format!("fill=\"{color}\" opacity=\"{opacity}\"");
            let r = radius * share / 100;
            self.path(&attributes, &ellipse(cx, cy, r, r));
        }
    }

    /// A shape that light shines through.
    pub(super) fn beam(&mut self, d: &str) {
        let attributes = format!("fill=\"{}\" opacity=\".3\"", self.palette.spark);
        self.path(&attributes, d);
    }

    /// A shape of glass.
    pub(super) fn glass(&mut self, d: &str) {
        self.path("fill=\"#fff\" opacity=\".5\"", d);
    }

    /// Draws in moved and turned coordinates: an SVG transform.
    pub(super) fn group(&mut self, transform: &str, draw: impl FnOnce(&mut Self)) {
        self.svg.push_str(&format!("<g transform=\"{transform}\">"));
        draw(self);
        self.svg.push_str("</g>");
    }

    /// Turns what is drawn around the middle of the sheet.
    pub(super) fn turned(&mut self, degrees: i32, draw: impl FnOnce(&mut Self)) {
        self.group(&format!("rotate({degrees} 200 200)"), draw);
    }

    /// Draws with the tones of another category.
    pub(super) fn with(&mut self, palette: Palette, draw: impl FnOnce(&mut Self)) {
        let own = std::mem::replace(&mut self.palette, palette);
        draw(self);
        self.palette = own;
    }

    /// The drawing as an SVG document.
    pub(super) fn finish(self) -> String {
        let (width, height) = self.size;
        let body = self.svg;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\">{body}</svg>"
        )
    }

    fn path(&mut self, attributes: &str, d: &str) {
        self.svg
            .push_str(&format!("<path {attributes} d=\"{d}\"/>"));
    }

    fn stroke(&mut self, color: &str, opacity: &str, width: i32, d: &str) {
        let attributes = format!(
            "fill=\"none\" stroke=\"{color}\" stroke-opacity=\"{opacity}\" stroke-width=\"{width}\" \
             stroke-linecap=\"round\" stroke-linejoin=\"round\""
        );
        self.path(&attributes, d);
    }
}

/// The path of a rectangle with round corners.
pub(super) fn rounded(x: i32, y: i32, width: i32, height: i32, radius: i32) -> String {
    if radius == 0 {
        return format!("M{x} {y}h{width}v{height}h-{width}z");
    }
    let (r, w, h) = (radius, width - 2 * radius, height - 2 * radius);
    let x = x + r;
    format!(
        "M{x} {y}h{w}a{r} {r} 0 0 1 {r} {r}v{h}a{r} {r} 0 0 1-{r} {r}h-{w}a{r} {r} 0 0 1-{r}-{r}v-{h}a{r} {r} 0 0 1 {r}-{r}z"
    )
}

/// The path of an ellipse.
pub(super) fn ellipse(cx: i32, cy: i32, rx: i32, ry: i32) -> String {
    let (x, d) = (cx - rx, 2 * rx);
    format!("M{x} {cy}a{rx} {ry} 0 1 0 {d} 0a{rx} {ry} 0 1 0-{d} 0z")
}
