//! Books: standing, with a drawing on the cover.

use super::{
    palette::Tone::{self, Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still, ellipse},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "BOOK-QUEUES-PATIENCE" => volume(still, Mid, 176, 34, queue),
        "BOOK-LEDGER-HISTORY" => volume(still, Dark, 180, 46, ledger),
        "BOOK-SOURDOUGH-NOTES" => volume(still, Light, 190, 22, loaf),
        "BOOK-FERRIS-STORM" => volume(still, Spark, 160, 28, ferry),
        "BOOK-ALPINE-FLOWERS" => volume(still, White, 150, 48, flower),
        "BOOK-BRIDGES-KIDS" => volume(still, Light, 216, 14, bridge),
        "BOOK-DISTRIBUTED-TALES" => volume(still, Dark, 174, 36, generals),
        "BOOK-KITCHEN-GARDEN" => volume(still, White, 186, 24, beds),
        "BOOK-ATLAS-NIGHT-TRAINS" => volume(still, Dark, 220, 30, train),
        "BOOK-POEMS-TIDE" => volume(still, White, 150, 12, tide),
        _ => return false,
    }
    true
}

/// A book of a width and a thickness, whose cover is drawn around the point 0, 0.
fn volume(still: &mut Still, tone: Tone, width: i32, thickness: i32, cover: fn(&mut Still)) {
    still.table();
    let height = 238;
    let left = 196 - (width + thickness) / 2;
    let (top, right) = (GROUND - height, left + width);
    still.ground(left, right + thickness);
    // The block of pages, then the back cover.
    let (far, rise) = (right + thickness, thickness / 3);
    still.fill(
        White,
        &format!(
            "M{right} {}l{thickness}-{rise}v{}l-{thickness} {rise}z",
            top + 5,
            height - 10
        ),
    );
    still.shade(&format!(
        "M{right} {}l{thickness}-{rise}v{}l-{thickness} {rise}z",
        top + 5,
        height - 10
    ));
    for step in 1..thickness / 6 {
        let (x, lift) = (right + step * 6, step * 2);
        still.shade_line(1, &format!("M{x} {}v{}", top + 6 - lift, height - 12));
    }
    still.fill(
        tone,
        &format!("M{left} {top}l{thickness}-{rise}H{far}l-{thickness} {rise}z"),
    );
    still.glint(&format!(
        "M{left} {top}l{thickness}-{rise}H{far}l-{thickness} {rise}z"
    ));
    still.line(
        tone,
        4,
        &format!("M{far} {}v{}", top - rise + 2, height - 4),
    );
    still.rect(tone, left, top, width, height, 2);
    still.shade(&format!("M{} {top}h7v{height}h-7z", left + 16));
    still.glint_line(2, &format!("M{} {}v{}", left + 3, top + 4, height - 8));
    let (cx, cy) = (left + 20 + (width - 20) / 2, top + height / 2);
    still.group(&format!("translate({cx} {cy})"), cover);
}

/// Two bars in place of the title and the author.
fn title(still: &mut Still, tone: Tone, y: i32) {
    still.rect(tone, -48, y, 96, 9, 0);
    still.rect(tone, -30, y + 17, 60, 5, 0);
}

fn queue(still: &mut Still) {
    title(still, White, -92);
    for (index, y) in [-30, 6, 42, 78].into_iter().enumerate() {
        let tone = if index == 0 { Spark } else { Light };
        still.dot(tone, 0, y, 13);
        still.fill(tone, &format!("M-22 {}q22-26 44 0z", y + 32));
    }
}

fn ledger(still: &mut Still) {
    still.rect(Light, -62, -98, 124, 196, 0);
    still.rect(Dark, -57, -93, 114, 186, 0);
    title(still, Light, -70);
    still.line(Light, 3, "M0-24v104");
    for y in [-16, 2, 20, 38, 56] {
        still.line(White, 3, &format!("M-44 {y}h34"));
        still.line(Light, 3, &format!("M12 {y}h{}", 20 + (y + 16) / 5));
    }
    still.line(Spark, 3, "M-44 76h34M12 76h34");
}

fn loaf(still: &mut Still) {
    title(still, Dark, -92);
    still.oval(Dark, 0, 34, 66, 46);
    still.oval(Mid, 0, 28, 66, 46);
    still.line(
        White,
        6,
        "M-40 26q14-22 30-24M-16 38q14-26 34-28M12 42q10-20 30-22",
    );
}

fn ferry(still: &mut Still) {
    title(still, White, -92);
    still.line(White, 5, "M30-46l-22 34h24l-24 38");
    still.fill(Light, "M-56 34h112l-20 30h-76z");
    still.fill(White, "M-30 10h44v24h-44z");
    still.line(White, 5, "M-68 72q17-16 34 0t34 0 34 0 34 0");
    still.line(Light, 5, "M-68 90q17-16 34 0t34 0 34 0 34 0");
}

fn flower(still: &mut Still) {
    title(still, Dark, -92);
    still.fill(Spark, "M-64 104l40-70 24 36 30-52 34 60v26z");
    still.line(Spark, 5, "M-4 66c0-30 4-50 0-74");
    still.fill(
        Spark,
        "M-4 46q-34-4-38-30q32 0 38 30zM-2 34q26-6 32-28q-30 2-32 28z",
    );
    for turn in [0, 60, 120, 180, 240, 300] {
        still.group(&format!("rotate({turn} -4 -20)"), |still| {
            still.oval(Mid, -4, -38, 9, 18);
        });
    }
    still.dot(Light, -4, -20, 9);
}

fn bridge(still: &mut Still) {
    title(still, Dark, -92);
    still.dot(White, 52, -26, 20);
    still.line(Mid, 8, "M-96 36h192");
    still.line(Mid, 9, "M-46 76V-40M46 76V-40");
    still.line(Mid, 4, "M-96 20Q-62 14-46-36Q0 52 46-36Q62 14 96 20");
    for x in [-26, -13, 0, 13, 26] {
        still.line(Mid, 2, &format!("M{x} 34v-{}", 18 + (x * x) / 40));
    }
    still.line(Spark, 6, "M-92 88q23-14 46 0t46 0 46 0 46 0");
}

fn generals(still: &mut Still) {
    title(still, White, -92);
    for (x, tone) in [(-40, Mid), (40, Spark)] {
        still.fill(tone, &format!("M{} 40l30-66 30 66z", x - 30));
        still.fill(Ink, &format!("M{} 40l9-30 9 30z", x - 9));
        still.line(White, 3, &format!("M{x} -26v-22"));
        still.fill(Light, &format!("M{x} -48l18 7-18 7z"));
    }
    still.line(White, 3, "M-24 78h14M-2 78h10M20 78h8");
    still.line(White, 3, "M22 70l8 8-8 8");
}

fn beds(still: &mut Still) {
    title(still, Spark, -92);
    for (index, y) in [-42, 6, 54].into_iter().enumerate() {
        for (column, x) in [-66, -20, 26].into_iter().enumerate() {
            let tone = [Spark, Mid, Light][(index + 2 * column) % 3];
            still.rect(tone, x, y, 40, 40, 4);
            still.line(
                White,
                4,
                &format!("M{} {}v-16m0 6q-10 0-10-8m10 4q10 0 10-8", x + 20, y + 32),
            );
        }
    }
}

fn train(still: &mut Still) {
    title(still, White, -92);
    still.dot(Light, 58, -34, 19);
    still.dot(Dark, 66, -40, 17);
    for (x, y) in [(-70, -50), (-34, -22), (10, -48), (-64, 0)] {
        still.dot(White, x, y, 2);
    }
    still.fill(Spark, "M-92 66V32q0-12 12-12H50q40 6 46 46z");
    for x in [-78, -48, -18, 12] {
        still.rect(Light, x, 32, 20, 16, 3);
    }
    still.fill(Light, "M46 32h10q18 4 24 16H46z");
    still.line(Mid, 4, "M-96 84H98M-96 94H98");
    still.dot(Ink, -62, 70, 9);
    still.dot(Ink, 60, 70, 9);
}

fn tide(still: &mut Still) {
    title(still, Dark, -92);
    still.fill(Mid, &ellipse(0, -14, 34, 34));
    still.rect(White, -40, -6, 80, 40, 0);
    for (index, y) in [0, 24, 48, 72].into_iter().enumerate() {
        let tone = [Spark, Light, Spark, Light][index];
        still.line(tone, 6, &format!("M-56 {y}q14-12 28 0t28 0 28 0 28 0"));
    }
}
