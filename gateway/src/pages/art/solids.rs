//! Solid things, lit from the upper left: round ones, boxes, balls.

use super::{
    palette::Tone,
    still::{Still, ellipse, rounded},
};

/// The vertical radius of a horizontal circle, seen from the side.
pub(super) fn flat(radius: i32) -> i32 {
    radius * 20 / 100
}

impl Still {
    /// An upright round body between two circles, without its mouth.
    pub(super) fn turned_body(
        &mut self,
        tone: Tone,
        cx: i32,
        (top, r1): (i32, i32),
        (bottom, r2): (i32, i32),
    ) {
        let (f1, f2) = (flat(r1), flat(r2));
        let (left1, right1, left2, right2) = (cx - r1, cx + r1, cx - r2, cx + r2);
        self.fill(
            tone,
            &format!(
                "M{left1} {top}L{left2} {bottom}A{r2} {f2} 0 0 0 {right2} {bottom}L{right1} {top}A{r1} {f1} 0 0 0 {left1} {top}z"
            ),
        );
        let (a1, a2) = (cx + r1 * 42 / 100, cx + r2 * 42 / 100);
        let (b1, b2) = (cx + r1 * 82 / 100, cx + r2 * 82 / 100);
        let (top2, bottom2) = (top + f1 * 91 / 100, bottom + f2 * 91 / 100);
        let (top3, bottom3) = (top + f1 * 70 / 100, bottom + f2 * 70 / 100);
        self.shade(&format!(
            "M{a1} {top2}L{a2} {bottom2}Q{b2} {bottom3} {right2} {bottom}L{right1} {top}Q{b1} {top3} {a1} {top2}z"
        ));
        let (g1, g2) = (cx - r1 * 80 / 100, cx - r2 * 80 / 100);
        let (h1, h2) = (cx - r1 * 64 / 100, cx - r2 * 64 / 100);
        let inset = (bottom - top) / 12;
        let (top4, bottom4) = (top + f1 / 2 + inset, bottom + f2 / 2 - inset);
        self.glint(&format!(
            "M{g1} {top4}L{g2} {bottom4}L{h2} {bottom4}L{h1} {top4}z"
        ));
    }

    /// An upright cylinder, closed by a top.
    pub(super) fn cylinder(&mut self, tone: Tone, cx: i32, top: i32, bottom: i32, radius: i32) {
        self.turned_body(tone, cx, (top, radius), (bottom, radius));
        self.oval(tone, cx, top, radius, flat(radius));
        self.glint(&ellipse(cx, top, radius, flat(radius)));
    }

    /// The opening of a round body: a rim and what is inside.
    pub(super) fn mouth(&mut self, rim: Tone, inside: Tone, cx: i32, top: i32, radius: i32) {
        self.oval(rim, cx, top, radius, flat(radius));
        self.glint(&ellipse(cx, top, radius, flat(radius)));
        let inner = radius * 88 / 100;
        self.oval(inside, cx, top + 1, inner, flat(inner));
    }

    /// A box: front, lit top, shaded side.
    pub(super) fn carton(
        &mut self,
        tone: Tone,
        (x, y): (i32, i32),
        (width, height): (i32, i32),
        depth: i32,
    ) {
        let rise = depth / 2;
        let back = x + width;
        let top = format!("M{x} {y}l{depth}-{rise}h{width}l-{depth} {rise}z");
        let side = format!("M{back} {y}l{depth}-{rise}v{height}l-{depth} {rise}z");
        self.rect(tone, x, y, width, height, 0);
        self.fill(tone, &top);
        self.glint(&top);
        self.fill(tone, &side);
        self.shade(&side);
    }

    /// A ball.
    pub(super) fn ball(&mut self, tone: Tone, cx: i32, cy: i32, r: i32) {
        self.dot(tone, cx, cy, r);
        let (x1, y1) = (cx + r * 64 / 100, cy - r * 77 / 100);
        let (x2, y2) = (cx - r * 57 / 100, cy + r * 82 / 100);
        let r2 = r * 118 / 100;
        self.shade(&format!(
            "M{x1} {y1}A{r} {r} 0 0 1 {x2} {y2}A{r2} {r2} 0 0 0 {x1} {y1}z"
        ));
        let (gx, gy, g) = (cx - r * 38 / 100, cy - r * 42 / 100, r * 20 / 100);
        self.glint(&ellipse(gx, gy, g, g));
    }

    /// A flat thing that lies: its lit and its shaded edge.
    pub(super) fn slab(
        &mut self,
        tone: Tone,
        x: i32,
        y: i32,
        width: i32,
        height: i32,
        radius: i32,
    ) {
        self.block(tone, x, y, width, height, radius);
        let edge = rounded(x, y + height - 12, width, 12, 6.min(radius));
        self.shade(&edge);
        let (left, right, line) = (x + radius + 4, x + width - radius - 4, y + 4);
        self.glint_line(3, &format!("M{left} {line}H{right}"));
    }
}
