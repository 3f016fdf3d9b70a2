//! Paper, pens, ink.

use super::{
    palette::Tone::{self, Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still, ellipse, rounded},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "STAT-NOTEBOOK-A5-DOT" => notebook(still),
        "STAT-NOTEBOOK-A6-PLAIN" => sketchbook(still),
        "STAT-PEN-FOUNTAIN-M" => fountain_pen(still),
        "STAT-INK-BLUEBLACK" => ink(still),
        "STAT-PENCILS-12" => pencils(still),
        "STAT-PLANNER-DESK" => planner(still),
        "STAT-RULER-BRASS" => ruler(still),
        "STAT-CARDS-LETTER" => letters(still),
        "STAT-TAPE-WASHI-6" => tape(still),
        "STAT-SHARPENER-LONG" => sharpener(still),
        _ => return false,
    }
    true
}

fn notebook(still: &mut Still) {
    still.above();
    still.turned(-10, |still| {
        still.block(White, 98, 50, 214, 296, 6);
        still.block(Dark, 92, 46, 214, 296, 8);
        still.shade("M92 54q0-8 8-8h14v296h-14q-8 0-8-8z");
        still.glint_line(3, "M124 54h172");
        still.rect(Spark, 274, 46, 9, 296, 0);
        still.line(Spark, 6, "M170 342v26l8-8 8 10v-28");
        still.rect(Mid, 142, 92, 104, 60, 3);
        for row in 0..3 {
            for column in 0..6 {
                still.dot(White, 154 + column * 16, 106 + row * 16, 2);
            }
        }
    });
}

fn sketchbook(still: &mut Still) {
    still.above();
    still.turned(-8, |still| {
        still.block(White, 66, 92, 268, 214, 4);
        still.shade("M200 92h16q-12 100 0 214h-16z");
        still.glint_line(3, "M72 98h118");
        still.shade_line(2, "M70 302h126M204 302h126");
        still.line(
            Mid,
            4,
            "M96 250q20-70 40-76t24 40 22 30M112 196q20-30 40-10",
        );
        still.line(Light, 4, "M228 150q30-30 70 0M228 180h70M228 210h54");
    });
    still.group("rotate(38 280 280)", |still| {
        still.block(Spark, 180, 272, 140, 18, 2);
        still.shade("M180 282h140v8H180z");
        still.fill(White, "M180 272v18l-26-9z");
        still.fill(Ink, "M164 278v7l-12-4z");
        still.rect(Dark, 320, 272, 22, 18, 2);
    });
}

fn fountain_pen(still: &mut Still) {
    still.above();
    still.line(Mid, 5, "M56 330q40-50 60-14t50-20 60 6 60-20");
    still.turned(-42, |still| {
        still.piece(Spark, "M96 186l-62 14 62 14z");
        still.line(Dark, 2, "M40 200h40");
        still.dot(Dark, 82, 200, 4);
        still.block(Dark, 94, 182, 58, 36, 4);
        still.block(Ink, 150, 178, 226, 44, 20);
        still.rect(Spark, 150, 178, 10, 44, 0);
        still.rect(Spark, 276, 178, 8, 44, 0);
        still.shade("M150 208h224q-6 14-18 14H150z");
        still.glint_line(5, "M170 188h190");
    });
    still.group("rotate(-42 290 300)", |still| {
        still.block(Ink, 206, 290, 150, 44, 20);
        still.rect(Spark, 206, 290, 14, 44, 4);
        still.block(Spark, 220, 304, 96, 10, 5);
        still.glint_line(4, "M232 298h100");
    });
}

fn ink(still: &mut Still) {
    still.table();
    still.ground(104, 300);
    still.glass("M110 190h150q30 0 30 30v102H80V220q0-30 30-30z");
    still.fill(Dark, "M92 226h186v84H92z");
    still.shade("M240 226h38v84h-38z");
    still.glint("M96 204q4-8 14-8h16v116h-30z");
    still.rect(White, 118, 236, 134, 58, 2);
    still.fill(Mid, "M150 246q20 30 0 38q-20-8 0-38z");
    still.rect(Dark, 178, 256, 56, 6, 0);
    still.rect(Dark, 178, 270, 38, 5, 0);
    still.glass("M146 166h80v28h-80z");
    still.turned_body(Ink, 186, (128, 50), (164, 50));
    still.mouth(Ink, Ink, 186, 128, 50);
    still.glint(&ellipse(180, 126, 30, 5));
    still.fill(Dark, "M318 330q30-10 44 6t-10 20-46-2 12-24z");
    still.glint(&ellipse(336, 338, 10, 3));
}

fn pencils(still: &mut Still) {
    still.table();
    still.ground(118, 282);
    let tones = [Mid, Spark, Dark, Light, Mid, Dark, Spark];
    for (index, tone) in (0..).zip(tones) {
        let x = 128 + index * 23;
        let top = 84 + (index * 37) % 50;
        let lean = (index - 3) * 5;
        still.group(&format!("rotate({lean} {x} 300)"), |still| {
            still.rect(tone, x - 9, top, 18, 304 - top, 0);
            still.shade(&rounded(x + 3, top, 6, 304 - top, 0));
            still.fill(
                White,
                &format!("M{} {top}l9-30 9 30q-4-6-9 0-5-6-9 0z", x - 9),
            );
            still.fill(Ink, &format!("M{} {}l3-11 3 11z", x - 3, top - 19));
        });
    }
    still.fill(White, "M122 214h160l-8 108H130z");
    still.shade("M238 214h44l-8 108h-40z");
    still.glint("M132 222h16l5 92h-15z");
    still.rect(Mid, 124, 236, 156, 12, 0);
}

fn planner(still: &mut Still) {
    still.above();
    still.turned(-5, |still| {
        still.block(White, 46, 82, 308, 236, 4);
        still.shade("M46 308h308v6q0 4-4 4H50q-4 0-4-4z");
        still.rect(Mid, 46, 82, 308, 40, 4);
        still.rect(White, 62, 96, 92, 12, 0);
        for column in 0..7 {
            let x = 58 + column * 42;
            let tone = if column == 6 { Spark } else { Light };
            still.rect(tone, x, 134, 36, 18, 2);
            for line in 0..6 {
                let y = 168 + line * 22;
                still.line(Light, 2, &format!("M{x} {y}h36"));
            }
        }
        still.line(
            Dark,
            4,
            "M62 162h22M104 184h26M188 206h20M104 162h18M272 228h24",
        );
        still.fill(Light, "M318 318l36-36v32q0 4-4 4z");
    });
    still.group("rotate(-52 330 330)", |still| {
        still.block(Dark, 270, 326, 120, 13, 4);
        still.fill(Spark, "M270 326v13l-20-6z");
    });
}

fn ruler(still: &mut Still) {
    still.above();
    still.turned(-32, |still| {
        still.block(Spark, 14, 160, 372, 66, 3);
        still.glint("M14 160h372v12H14z");
        still.shade("M14 214h372v9q0 3-3 3H17q-3 0-3-3z");
        for step in 0..41 {
            let x = 24 + step * 9;
            let length = if step % 10 == 0 {
                30
            } else if step % 5 == 0 {
                22
            } else {
                13
            };
            still.line(Ink, 2, &format!("M{x} 174v{length}"));
        }
        still.dot(Dark, 366, 204, 8);
    });
    still.line(Dark, 3, "M70 330l110-70");
    still.line(Mid, 3, "M90 350l140-90");
}

fn letters(still: &mut Still) {
    still.above();
    still.turned(8, |still| {
        still.block(White, 120, 40, 190, 250, 2);
        for y in [84, 104, 124, 144] {
            still.line(Light, 3, &format!("M146 {y}h{}", 110 + (y * 7) % 30));
        }
        still.line(Dark, 4, "M146 60q14-12 20 0t24-4");
    });
    still.turned(-8, |still| {
        still.block(White, 66, 178, 256, 164, 3);
        still.fill(Spark, "M66 180L194 282 322 180z");
        still.shade("M66 180L194 292 322 180l-128 90z");
        still.shade_line(2, "M70 338l90-76M318 338l-90-76");
        still.disc(Mid, 194, 278, 22);
        still.dot(Light, 194, 278, 14);
        still.line(Mid, 3, "M188 284q12-2 12-14");
    });
}

/// A roll of tape on its side.
fn roll(still: &mut Still, tone: Tone, x: i32, y: i32) {
    still.disc(tone, x, y, 46);
    still.glint(&format!(
        "M{} {y}a40 40 0 0 1 40-40v10a30 30 0 0 0-30 30z",
        x - 40
    ));
    still.shade_line(2, &ellipse(x, y, 38, 38));
    still.dot(White, x, y, 26);
    still.dot(Tone::Table, x, y, 21);
    still.shade(&format!(
        "M{} {y}a21 21 0 0 1 21-21a25 25 0 0 0-12 30z",
        x - 21
    ));
}

fn tape(still: &mut Still) {
    still.above();
    still.piece(Spark, "M92 116h250l-8 7 8 7-8 7 8 8H92z");
    for (tone, x, y) in [
        (Spark, 92, 104),
        (Mid, 210, 210),
        (Light, 92, 232),
        (Dark, 150, 318),
        (White, 308, 266),
        (Mid, 258, 342),
    ] {
        roll(still, tone, x, y);
    }
    for y in [300, 318, 336] {
        still.dot(Light, 118, y, 3);
        still.dot(Light, 182, y, 3);
    }
}

fn sharpener(still: &mut Still) {
    still.table();
    still.ground(104, 312);
    still.fill(White, "M104 232h170v90H104z");
    still.fill(White, "M104 232l34-26h170l-34 26z");
    still.glint("M104 232l34-26h170l-34 26z");
    still.fill(Light, "M274 232l34-26v90l-34 26z");
    still.shade("M274 232l34-26v90l-34 26z");
    still.shade("M104 232h170v90H104z");
    for x in [146, 230] {
        still.dot(Dark, x, 278, 28);
        still.dot(Ink, x, 278, 19);
    }
    still.fill(Spark, "M150 218l28-8h96l-18 8z");
    still.dot(Dark, 210, 214, 5);
    still.line(Mid, 22, "M146 278L78 350");
    still.shade_line(7, "M152 284L84 356");
    still.fill(White, "M330 330q34-26 46 6q-22 26-46-6z");
    still.shade_line(3, "M334 330q22 12 38 4");
    still.line(Mid, 4, "M330 330q20-28 46 4");
    still.rect(Light, 116, GROUND - 8, 146, 3, 0);
}
