//! Lamps, lit in the evening.

use super::{
    palette::Tone::{self, Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still, ellipse},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    still.evening();
    match sku {
        "LIGHT-DESK-ARM" => {
            still.glow(142, 178, 190);
            desk_lamp(still, Mid, Spark);
            still.beam("M92 170L20 322h210l-30-118z");
        }
        "LIGHT-FLOOR-ARC" => floor_lamp(still),
        "LIGHT-PENDANT-GLASS" => pendant(still),
        "LIGHT-READING-CLIP" => reading_light(still),
        "LIGHT-NIGHT-MOON" => moon(still),
        "LIGHT-BULB-E27-WARM" => bulb(still),
        "LIGHT-BULB-GU10-3" => spots(still),
        "LIGHT-STRIP-SHELF" => shelf(still),
        "LIGHT-LANTERN-CAMP" => lantern(still),
        "LIGHT-SHADE-PAPER" => paper_shade(still),
        _ => return false,
    }
    true
}

/// A lamp with two arms; its head looks down to the left.
pub(super) fn desk_lamp(still: &mut Still, tone: Tone, bulb: Tone) {
    still.ground(196, 324);
    still.cylinder(tone, 264, 304, GROUND - 4, 66);
    still.line(Ink, 9, "M264 300L316 188");
    still.line(Ink, 9, "M316 188L188 92");
    still.line(Light, 3, "M274 296l48-104M310 178L196 88");
    still.dot(tone, 316, 188, 14);
    still.dot(Ink, 316, 188, 6);
    still.ball(bulb, 142, 182, 24);
    still.fill(tone, "M172 74l38 30-10 104q-70-2-108-40z");
    still.shade("M192 90l18 14-10 104q-36-2-64-16q50-30 56-102z");
    still.glint("M168 84l10 8-58 84-16-8z");
    still.dot(Ink, 196, 88, 12);
}

fn floor_lamp(still: &mut Still) {
    still.glow(118, 170, 170);
    still.ground_at(246, 348, 340);
    still.line(Light, 8, "M296 330V150C296 20 118 20 118 112");
    still.turned_body(White, 296, (316, 44), (340, 48));
    still.oval(White, 296, 316, 44, 9);
    still.shade_line(2, "M270 322l20 18M310 320l12 16");
    still.beam("M62 176L8 322h220l-54-146z");
    still.fill(Spark, "M86 112h64l24 64H62z");
    still.shade("M124 112h26l24 64h-36z");
    still.oval(White, 118, 176, 56, 10);
}

fn pendant(still: &mut Still) {
    still.glow(200, 176, 200);
    still.line(Dark, 5, "M200 0v84");
    still.rect(Light, 180, 76, 40, 34, 6);
    still.dot(White, 200, 178, 82);
    still.beam(&ellipse(200, 178, 82, 82));
    still.shade("M252 114a82 82 0 0 1-104 128a94 94 0 0 0 104-128z");
    still.glint(&ellipse(168, 146, 20, 20));
    still.ground_at(130, 250, 342);
    still.beam(&ellipse(200, 334, 150, 26));
    still.fill(Mid, "M150 316q4 26 50 26t50-26z");
    still.oval(Light, 200, 316, 50, 10);
    still.ball(Spark, 186, 306, 14);
    still.ball(Spark, 214, 306, 14);
}

fn reading_light(still: &mut Still) {
    still.glow(140, 120, 150);
    still.ground(90, 320);
    still.beam("M110 104l-30 206h210L176 120z");
    still.fill(
        White,
        "M70 300q66-24 130 0q64-24 130 0v22q-66-24-130 0q-64-24-130 0z",
    );
    still.shade("M200 300q64-24 130 0v22q-66-24-130 0z");
    still.fill(
        Mid,
        "M64 306l6-4v20q64-22 130 2q66-24 130-2v-20l6 4v26q-68-18-136 2q-68-20-136-2z",
    );
    still.line(Light, 9, "M296 300C340 200 300 60 190 84");
    still.rect(Light, 276, 280, 36, 40, 6);
    still.shade("M298 280h8q6 0 6 6v28q0 6-6 6h-8z");
    still.group("rotate(-24 150 100)", |still| {
        still.rect(Light, 96, 84, 104, 28, 14);
        still.rect(Spark, 104, 102, 84, 12, 6);
    });
}

fn moon(still: &mut Still) {
    still.glow(200, 206, 210);
    still.ground(140, 270);
    still.cylinder(Mid, 200, 308, GROUND - 4, 62);
    still.dot(White, 200, 208, 100);
    still.beam(&ellipse(200, 208, 100, 100));
    still.shade("M264 131a100 100 0 0 1-121 159a116 116 0 0 0 121-159z");
    for (x, y, r) in [
        (160, 170, 20),
        (216, 150, 12),
        (190, 230, 26),
        (246, 216, 14),
        (146, 236, 10),
        (236, 262, 10),
    ] {
        still.shade(&ellipse(x, y, r, r));
    }
    still.glint(&ellipse(164, 146, 14, 10));
}

fn bulb(still: &mut Still) {
    still.glow(200, 150, 200);
    still.ground(160, 252);
    still.fill(
        White,
        "M200 50c-62 0-96 46-92 98c4 46 46 60 54 104h76c8-44 50-58 54-104c4-52-30-98-92-98z",
    );
    still
        .beam("M200 50c-62 0-96 46-92 98c4 46 46 60 54 104h76c8-44 50-58 54-104c4-52-30-98-92-98z");
    still.line(Mid, 4, "M186 250v-60l-22-60M214 250v-60l22-60");
    still.line(Spark, 7, "M164 130l16 50 20-56 20 56 16-50");
    still.glint("M134 116q8-34 40-46q-22 34-24 80q-18-14-16-34z");
    still.shade("M244 66c34 18 50 48 48 82c-4 46-46 60-54 104h-22q50-90 28-186z");
    for y in [250, 268, 286] {
        still.rect(Light, 158, y, 84, 16, 7);
        still.shade(&super::still::rounded(206, y, 36, 16, 7));
    }
    still.fill(Ink, "M172 302h56l-14 20h-28z");
}

fn spots(still: &mut Still) {
    for (x, y) in [(104, 322), (204, 322), (304, 322)] {
        still.glow(x, y - 176, 92);
        still.ground_at(x - 34, x + 34, y);
        still.rect(Light, x - 24, y - 22, 12, 22, 3);
        still.rect(Light, x + 12, y - 22, 12, 22, 3);
        still.fill(White, &format!("M{} {}h60l-4-40h-52z", x - 30, y - 22));
        still.fill(Light, &format!("M{} {}l18 82h48l18-82z", x - 42, y - 144));
        still.shade(&format!("M{} {}h34l-18 82-4 40h-18z", x + 8, y - 144));
        still.oval(Light, x, y - 146, 46, 13);
        still.oval(Spark, x, y - 146, 36, 9);
        still.glint(&ellipse(x - 10, y - 148, 14, 4));
    }
}

fn shelf(still: &mut Still) {
    still.beam("M40 138h320l20 128H20z");
    still.beam("M52 138h296l-10 80H62z");
    still.rect(Light, 36, 112, 328, 22, 2);
    still.shade("M36 126h328v8H36z");
    still.rect(Spark, 48, 134, 304, 7, 3);
    for (x, width, height, tone) in [
        (64, 22, 76, Mid),
        (88, 16, 64, Dark),
        (106, 26, 82, Light),
        (134, 18, 70, Spark),
    ] {
        still.rect(tone, x, 112 - height, width, height, 1);
        still.shade(&super::still::rounded(
            x + width - 6,
            112 - height,
            6,
            height,
            0,
        ));
    }
    still.turned_body(White, 276, (62, 18), (106, 26));
    still.mouth(White, Dark, 276, 62, 18);
    still.line(Light, 4, "M276 62q-16-24-10-44M276 62q14-22 26-30");
    still.ground(120, 210);
    still.turned_body(Mid, 164, (262, 42), (GROUND - 8, 36));
    still.mouth(Light, Dark, 164, 262, 42);
    still.line(Mid, 9, "M204 272q30-2 28 18t-34 16");
    still.line(Dark, 5, "M352 138q20 100 6 220");
    still.rect(White, 336, 348, 40, 26, 5);
}

fn lantern(still: &mut Still) {
    still.glow(200, 210, 190);
    still.ground(126, 276);
    still.line(Light, 7, "M132 108C120 0 280 0 268 108");
    still.glass("M140 116h120v160H140z");
    still.beam("M140 116h120v160H140z");
    still.fill(Spark, "M200 150q34 48 16 76q-16 18-32 0q-18-28 16-76z");
    still.fill(White, "M200 190q14 20 8 34q-8 8-16 0q-6-14 8-34z");
    still.with(super::palette::of("books"), |still| {
        still.fill(Mid, "M124 110h152l-18-38h-116z");
        still.turned_body(Mid, 200, (280, 74), (GROUND - 12, 78));
        still.rect(Mid, 120, 104, 160, 16, 6);
        still.oval(Mid, 200, 72, 58, 10);
    });
    still.shade("M214 72h44l22 38v10h-50z");
    for x in [140, 260] {
        still.line(Ink, 6, &format!("M{x} 120v156"));
    }
    still.dot(White, 200, 300, 8);
}

fn paper_shade(still: &mut Still) {
    still.glow(200, 190, 210);
    still.line(Dark, 5, "M200 0v66");
    still.dot(White, 200, 190, 126);
    still.beam(&ellipse(200, 190, 126, 126));
    still.beam(&ellipse(190, 196, 64, 64));
    still.shade("M280 92a126 126 0 0 1-152 201a146 146 0 0 0 152-201z");
    for (y, rx) in [
        (82, 66),
        (104, 92),
        (126, 108),
        (148, 119),
        (170, 124),
        (192, 126),
        (214, 124),
        (236, 117),
        (258, 106),
        (280, 88),
        (300, 62),
    ] {
        still.shade_line(
            2,
            &format!("M{} {y}a{rx} {} 0 0 0 {} 0", 200 - rx, rx / 8, 2 * rx),
        );
    }
    still.oval(Mid, 200, 67, 30, 7);
    still.beam(&ellipse(200, 350, 150, 22));
}
