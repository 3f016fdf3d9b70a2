//! Headphones, loudspeakers, a turntable and what belongs to them.

use super::{
    palette::Tone::{self, Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "AUDIO-HP-CLOSED" => wired_headphones(still, Dark),
        "AUDIO-HP-ANC" => headphones(still, Light, White),
        "AUDIO-BUDS-MINI" => earbuds(still),
        "AUDIO-SPEAKER-SHELF" => shelf_speakers(still),
        "AUDIO-SPEAKER-PICNIC" => picnic_speaker(still),
        "AUDIO-TURNTABLE-BELT" => turntable(still),
        "AUDIO-MIC-USB" => microphone(still),
        "AUDIO-RADIO-KITCHEN" => radio(still),
        "AUDIO-CABLE-XLR-5M" => cable(still),
        "AUDIO-RECORD-BRUSH" => record_brush(still),
        _ => return false,
    }
    true
}

/// Over-ear headphones that stand on their cups.
pub(super) fn headphones(still: &mut Still, shell: Tone, pad: Tone) {
    still.table();
    still.ground(88, 312);
    still.line(shell, 24, "M114 224C106 60 294 60 286 224");
    still.glint_line(6, "M112 180C122 92 176 84 208 88");
    still.line(pad, 12, "M136 176C146 98 254 98 264 176");
    still.rect(pad, 124, 206, 34, 112, 17);
    still.rect(pad, 242, 206, 34, 112, 17);
    still.shade("M150 214q8 6 8 20v64q0 14-8 20zM268 214q8 6 8 20v64q0 14-8 20z");
    still.rect(shell, 84, 200, 54, 122, 26);
    still.rect(shell, 262, 200, 54, 122, 26);
    still.shade("M118 204q20 8 20 34v48q0 26-20 34zM292 202q24 4 24 36v48q0 32-24 34z");
    still.glint_line(6, "M98 232v50");
    still.glint_line(6, "M276 232v50");
}

/// The same with a cable that lies on the table.
pub(super) fn wired_headphones(still: &mut Still, shell: Tone) {
    headphones(still, shell, Mid);
    still.line(Ink, 5, "M110 322q0 34 50 30t90 10 70-8 40 20");
    still.dot(Spark, 111, 261, 12);
    still.dot(Spark, 289, 261, 12);
}

fn earbuds(still: &mut Still) {
    still.table();
    still.ground(116, 250);
    still.rect(White, 112, 150, 140, 100, 44);
    still.shade("M214 150q38 6 38 44v56h-26q12-56-12-100z");
    still.rect(Ink, 126, 216, 112, 40, 10);
    for x in [152, 206] {
        still.rect(Light, x - 8, 206, 16, 50, 8);
        still.ball(Light, x, 204, 21);
    }
    still.rect(White, 104, 244, 156, 78, 36);
    still.shade("M226 244h4q30 0 30 36t-30 42h-36q44-16 32-78z");
    still.glint_line(6, "M122 270v22");
    still.dot(Spark, 182, 286, 5);
    still.ground_at(282, 330, 346);
    still.line(Light, 15, "M318 300l-14 44");
    still.ball(Light, 322, 292, 24);
    still.fill(Ink, "M338 284q12 12 2 26q-14-4-16-14z");
}

fn shelf_speakers(still: &mut Still) {
    still.table();
    for x in [64, 222] {
        still.ground(x, x + 124);
        still.carton(Mid, (x, 118), (100, 204), 26);
        still.rect(Dark, x + 8, 126, 84, 188, 4);
        still.dot(Ink, x + 50, 168, 22);
        still.dot(Light, x + 50, 168, 9);
        still.dot(Ink, x + 50, 250, 38);
        still.dot(Light, x + 50, 250, 28);
        still.shade(&format!(
            "M{} 250a28 28 0 0 1-44 22a34 34 0 0 0 44-22z",
            x + 78
        ));
        still.dot(Dark, x + 50, 250, 11);
    }
    still.dot(Spark, 84, 304, 4);
}

fn picnic_speaker(still: &mut Still) {
    still.table();
    still.ground(100, 300);
    still.line(Spark, 12, "M254 132c60-40 86 30 34 78");
    still.turned_body(Mid, 200, (138, 96), (GROUND - 12, 100));
    for y in [184, 206, 228, 250, 272] {
        for step in 0..13 {
            still.dot(Dark, 122 + step * 13, y + (13 - (step - 6).abs()) / 2, 3);
        }
    }
    still.mouth(Light, Dark, 200, 138, 96);
    still.line(White, 5, "M186 138h28M200 132v12");
    still.dot(Spark, 258, 138, 5);
}

fn turntable(still: &mut Still) {
    still.above();
    still.turned(-4, |still| {
        still.slab(Mid, 50, 74, 300, 254, 10);
        still.disc(Dark, 172, 200, 108);
        still.dot(Ink, 172, 200, 100);
        for radius in [88, 76, 64, 52] {
            still.shade_line(1, &super::still::ellipse(172, 200, radius, radius));
        }
        still.glint("M172 200L96 136A100 100 0 0 1 132 108zM172 200l80 58a100 100 0 0 1-34 31z");
        still.dot(Spark, 172, 200, 34);
        still.dot(White, 172, 200, 5);
        still.disc(Dark, 310, 116, 24);
        still.dot(Light, 310, 116, 14);
        still.cord(White, 7, "M310 116v104l-42 46");
        still.line(Dark, 13, "M268 266l-14 15");
        still.disc(Light, 310, 296, 14);
    });
}

fn microphone(still: &mut Still) {
    still.table();
    still.ground(126, 274);
    still.cylinder(Dark, 200, 306, GROUND - 4, 74);
    still.rect(Light, 192, 246, 16, 62, 4);
    still.shade("M202 246h6v62h-6z");
    still.line(Dark, 12, "M128 150v42c0 76 144 76 144 0v-42");
    still.rect(Mid, 146, 62, 108, 180, 52);
    still.rect(Light, 146, 62, 108, 96, 48);
    for y in [86, 102, 118, 134] {
        still.line(Mid, 4, &format!("M160 {y}h80"));
    }
    still.shade("M206 62q48 2 48 54v72q0 50-48 54q26-90 0-180z");
    still.rect(Dark, 146, 154, 108, 12, 0);
    still.glint_line(6, "M160 176v26");
    still.dot(Spark, 200, 204, 8);
}

fn radio(still: &mut Still) {
    still.table();
    still.ground(60, 344);
    still.line(Dark, 5, "M300 160L352 46");
    still.line(Dark, 14, "M130 150c0-46 140-46 140 0");
    still.carton(White, (60, 152), (252, 170), 32);
    still.rect(Mid, 76, 168, 128, 138, 10);
    for y in [184, 202, 220, 238, 256, 274, 292] {
        still.line(Dark, 5, &format!("M90 {y}h100"));
    }
    still.rect(Dark, 220, 168, 76, 38, 6);
    still.line(Spark, 3, "M248 172v30");
    still.glint_line(2, "M228 190h60");
    still.ball(Mid, 258, 256, 32);
    still.line(White, 4, "M258 254l-12-16");
    for x in [226, 242, 258, 274, 290] {
        still.dot(Dark, x, 302, 4);
    }
}

fn cable(still: &mut Still) {
    still.above();
    for (rx, ry) in [(122, 104), (108, 90), (94, 76), (114, 96)] {
        still.cord(Dark, 9, &super::still::ellipse(192, 176, rx, ry));
    }
    still.cord(Dark, 9, "M300 214q20 40-20 80l-30 34");
    still.cord(Dark, 9, "M84 214q-20 50 24 76l24 12");
    still.group("rotate(45 246 332)", |still| {
        still.block(Light, 232, 306, 30, 62, 8);
        still.shade("M250 306h12v62h-12z");
        still.rect(Ink, 236, 360, 22, 14, 3);
    });
    still.group("rotate(-62 140 306)", |still| {
        still.block(Light, 126, 284, 30, 62, 8);
        still.shade("M144 284h12v62h-12z");
        still.rect(Ink, 130, 338, 22, 14, 3);
    });
    still.group("rotate(8 192 84)", |still| {
        still.block(Spark, 174, 58, 36, 54, 6)
    });
}

fn record_brush(still: &mut Still) {
    still.above();
    still.disc(Ink, 150, 250, 196);
    for radius in [176, 156, 136, 116, 96] {
        still.shade_line(2, &super::still::ellipse(150, 250, radius, radius));
        still.glint_line(1, &super::still::ellipse(150, 250, radius, radius));
    }
    still.dot(Mid, 150, 250, 62);
    still.dot(White, 150, 250, 7);
    still.turned(-38, |still| {
        still.block(Light, 128, 120, 190, 44, 10);
        still.glint_line(4, "M140 130h166");
        still.shade("M128 148h190v6q0 10-10 10h-170q-10 0-10-10z");
        still.fill(Dark, "M138 164h170l6 26h-182z");
        for step in 0..13 {
            let x = 142 + step * 13;
            still.line(Light, 1, &format!("M{x} 166v22"));
        }
        still.rect(Spark, 206, 132, 34, 8, 4);
    });
}
