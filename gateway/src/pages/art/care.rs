//! Bath and sleep.

use super::{
    palette::Tone::{self, Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still, rounded},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "CARE-SOAP-OLIVE" => soap(still, White, leaf),
        "CARE-SOAP-LAVENDER" => soap(still, Light, lavender),
        "CARE-TOWEL-LINEN" => towels(still),
        "CARE-ROBE-WAFFLE" => robe(still),
        "CARE-BRUSH-BEECH" => bath_brush(still),
        "CARE-RAZOR-SAFETY" => razor(still),
        "CARE-CANDLE-CEDAR" => candle(still),
        "CARE-MASK-SILK" => sleep_mask(still),
        "CARE-MAT-YOGA-CORK" => yoga_mat(still),
        "CARE-BOTTLE-HOTWATER" => hot_water_bottle(still),
        _ => return false,
    }
    true
}

fn soap(still: &mut Still, tone: Tone, stamp: fn(&mut Still)) {
    still.table();
    still.ground(70, 330);
    still.turned_body(Mid, 200, (296, 128), (GROUND - 6, 96));
    still.mouth(Light, Dark, 200, 294, 128);
    still.rect(tone, 98, 196, 196, 92, 26);
    still.shade("M104 270q6 18 20 18h144q26 0 26-26v-14q-4 22-30 22z");
    still.shade("M268 196q26 0 26 26v40q0 26-26 26q16-46 0-92z");
    still.glint_line(6, "M118 210h110");
    still.group("translate(190 240)", stamp);
    for (x, y, r) in [(316, 214, 13), (338, 186, 8), (322, 164, 5)] {
        still.glass(&super::still::ellipse(x, y, r, r));
    }
}

fn leaf(still: &mut Still) {
    still.line(Mid, 4, "M-52 16Q0 10 54-16");
    for (x, y, turn) in [
        (-34, 8, -60),
        (-8, 2, -60),
        (20, -8, -60),
        (-22, 14, 100),
        (8, 8, 100),
        (36, -4, 100),
    ] {
        still.group(&format!("translate({x} {y}) rotate({turn})"), |still| {
            still.fill(Mid, "M0 0q12-10 26 0q-14 10-26 0z");
        });
    }
}

fn lavender(still: &mut Still) {
    for (x, turn) in [(-26, -12), (0, 0), (26, 12)] {
        still.group(&format!("rotate({turn} {x} 30)"), |still| {
            still.line(Dark, 3, &format!("M{x} 32V-10"));
            for y in [-26, -16, -6] {
                still.oval(Dark, x - 5, y, 5, 6);
                still.oval(Dark, x + 5, y, 5, 6);
            }
        });
    }
}

fn towels(still: &mut Still) {
    still.table();
    still.ground(74, 330);
    for (index, (y, tone)) in [(254, Mid), (188, Light), (122, White)]
        .into_iter()
        .enumerate()
    {
        let inset = i32::try_from(index).unwrap_or(0) * 8;
        let (x, width) = (76 + inset, 248 - 2 * inset);
        still.rect(tone, x, y, width, 68, 30);
        still.shade(&rounded(x, y + 44, width, 24, 12));
        still.shade_line(3, &format!("M{} {}h{}", x + 30, y + 32, width - 36));
        still.line(Dark, 4, &format!("M{} {}v62", x + width - 44, y + 3));
        still.line(Dark, 4, &format!("M{} {}v62", x + width - 56, y + 3));
        still.glint_line(5, &format!("M{} {}h90", x + 30, y + 12));
    }
}

fn robe(still: &mut Still) {
    still.table();
    still.line(Dark, 6, "M200 30v-16q14-2 14 10t-14 16L120 78h160L200 40");
    still.fill(
        White,
        "M150 66l50 28 50-28 62 40 30 138-44 12-22-88 8 172H116l8-172-22 88-44-12 30-138z",
    );
    still.shade("M250 66l62 40 30 138-44 12-22-88 8 172h-62l-4-200z");
    for step in 0..6 {
        let y = 130 + step * 34;
        still.shade_line(1, &format!("M122 {y}h154"));
    }
    for step in 0..5 {
        let x = 134 + step * 32;
        still.shade_line(1, &format!("M{x} 110v228"));
    }
    still.line(Light, 14, "M152 70l48 92 48-92M200 162v176");
    still.line(Mid, 16, "M122 214h156");
    still.line(Mid, 10, "M206 216l22 70M200 216l-8 62");
}

fn bath_brush(still: &mut Still) {
    still.above();
    still.turned(-40, |still| {
        still.piece(
            Light,
            "M150 200q-60-52-110-36q-30 12-30 36t30 36q50 16 110-36z",
        );
        still.cord(Light, 24, "M140 200Q240 188 384 200");
        still.glint_line(4, "M160 192Q250 182 376 193");
        still.shade_line(4, "M160 208Q250 199 376 208");
        still.oval(Dark, 68, 200, 50, 29);
        for row in 0..4 {
            for column in 0..7 {
                let (x, y) = (38 + column * 10 + (row % 2) * 5, 184 + row * 11);
                still.dot(White, x, y, 4);
            }
        }
        still.dot(Dark, 364, 199, 5);
        still.line(Spark, 5, "M366 199q22-26 40-4t-40 6");
    });
}

fn razor(still: &mut Still) {
    still.above();
    still.turned(32, |still| {
        still.block(Mid, 186, 118, 28, 224, 13);
        for step in 0..9 {
            let y = 190 + step * 14;
            still.shade_line(3, &format!("M188 {y}l24 8"));
        }
        still.glint_line(5, "M194 130v200");
        still.rect(Dark, 182, 150, 36, 12, 4);
        still.block(Light, 112, 66, 176, 54, 16);
        still.shade("M112 98h176v6q0 16-16 16H128q-16 0-16-16z");
        still.glint_line(5, "M128 78h140");
        still.rect(White, 106, 110, 188, 6, 2);
        for step in 0..11 {
            let x = 126 + step * 15;
            still.line(Dark, 2, &format!("M{x} 100v10"));
        }
    });
    still.block(Spark, 60, 60, 84, 44, 4);
    still.rect(White, 72, 72, 60, 20, 2);
}

fn candle(still: &mut Still) {
    still.table();
    still.ground(118, 282);
    still.fill(Spark, "M200 62q30 40 12 62q-12 12-24 0q-18-22 12-62z");
    still.fill(White, "M200 92q12 18 6 28q-6 6-12 0q-6-10 6-28z");
    still.line(Ink, 4, "M200 128v32");
    still.turned_body(Mid, 200, (166, 84), (GROUND - 14, 80));
    still.mouth(Light, White, 200, 166, 84);
    still.line(Ink, 4, "M200 150v16");
    still.rect(White, 146, 214, 108, 70, 2);
    still.shade("M226 214h28v70h-28z");
    still.fill(Dark, "M200 222l14 22h-8l12 18h-36l12-18h-8z");
    still.rect(Dark, 196, 260, 8, 10, 0);
}

fn sleep_mask(still: &mut Still) {
    still.above();
    still.cord(Mid, 12, "M88 176C60 60 340 60 312 176");
    still.piece(
        Dark,
        "M70 200c0-46 60-54 130-54s130 8 130 54c0 52-36 78-74 78c-34 0-40-30-56-30s-22 30-56 30c-38 0-74-26-74-78z",
    );
    still.glint_line(4, "M92 186c12-24 60-28 104-28");
    still.line(Light, 5, "M106 212q28 30 62 6M232 218q34 24 62-6");
    still.line(
        Light,
        4,
        "M118 228l-8 12M136 234l-2 14M154 230l6 12M246 230l-6 12M264 234l2 14M282 228l8 12",
    );
}

fn yoga_mat(still: &mut Still) {
    still.table();
    still.ground(66, 330);
    still.rect(Spark, 96, 226, 244, 96, 48);
    still.rect(Spark, 96, 226, 200, 96, 40);
    still.shade("M100 286h232q-14 36-44 36H140q-36 0-40-36z");
    still.glint_line(6, "M132 240h160");
    for (x, y) in [
        (160, 250),
        (196, 268),
        (230, 250),
        (262, 272),
        (296, 256),
        (180, 292),
        (246, 298),
        (300, 294),
    ] {
        still.dot(Dark, x, y, 3);
    }
    still.dot(Mid, 114, 274, 48);
    still.line(
        Spark,
        8,
        "M114 274m-36 0a36 36 0 1 1 36 36a26 26 0 1 1 12-48a16 16 0 1 1-20 18",
    );
    for x in [196, 282] {
        still.rect(Dark, x, 226, 14, 96, 0);
    }
    still.line(Dark, 9, "M202 228C206 120 284 120 290 228");
}

fn hot_water_bottle(still: &mut Still) {
    still.table();
    still.ground(98, 302);
    still.rect(Dark, 180, 52, 40, 34, 8);
    still.rect(Mid, 170, 80, 60, 44, 10);
    still.rect(White, 104, 116, 192, GROUND - 116, 56);
    still.shade("M240 116q56 0 56 56v94q0 56-56 56q30-100 0-206z");
    still.rect(Light, 158, 104, 84, 30, 12);
    for row in 0..5 {
        let y = 164 + row * 28;
        still.line(
            Light,
            5,
            &format!("M128 {y}l18 12 18-12 18 12 18-12 18 12 18-12 18 12 18-12"),
        );
    }
    still.line(Spark, 6, "M160 134q40 14 80 0");
}
