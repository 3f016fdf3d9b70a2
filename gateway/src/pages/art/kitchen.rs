//! Pans, knives, kettles.

use super::{
    palette::Tone::{self, Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still, ellipse, rounded},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "KITCHEN-SKILLET-26" => skillet(still),
        "KITCHEN-CHEF-KNIFE-20" => chefs_knife(still),
        "KITCHEN-PARING-KNIFE-9" => paring_knife(still),
        "KITCHEN-BOARD-WALNUT" => board(still),
        "KITCHEN-KETTLE-GOOSENECK" => kettle(still),
        "KITCHEN-GRINDER-HAND" => grinder(still),
        "KITCHEN-FRENCHPRESS-1L" => french_press(still),
        "KITCHEN-MORTAR-GRANITE" => mortar(still),
        "KITCHEN-PEELER-SWIVEL" => peeler(still),
        "KITCHEN-DUTCH-OVEN-5L" => dutch_oven(still),
        "KITCHEN-SCALE-DIGITAL" => scale(still),
        _ => return false,
    }
    true
}

fn skillet(still: &mut Still) {
    still.above();
    still.turned(-40, |still| {
        still.piece(Ink, "M250 184h112q24 0 24 18t-24 18H250z");
        still.dot(Light, 366, 202, 7);
        still.piece(Ink, "M60 140l-22-30 40-14z");
        still.disc(Ink, 156, 200, 128);
        still.dot(Dark, 156, 200, 110);
        still.shade("M76 124a110 110 0 0 1 190 76a128 128 0 0 0-190-76z");
        still.glint_line(5, "M64 246a104 104 0 0 0 60 54");
    });
    still.group("translate(160 226)", |still| {
        still.fill(
            White,
            "M-62-6q-6-40 38-44q30-24 56 4q40 12 28 48q-4 44-52 38q-56 14-70-46z",
        );
        still.dot(Light, 0, 0, 27);
        still.glint(&ellipse(-8, -9, 7, 5));
    });
}

/// A knife that points to the upper left.
fn knife(still: &mut Still, blade: &str, edge: &str, handle: Tone) {
    still.piece(White, blade);
    still.shade(edge);
    still.block(handle, 246, 186, 128, 36, 14);
    still.shade("M246 208h128q0 14-14 14H260q-14 0-14-14z");
    still.rect(Spark, 240, 186, 14, 36, 2);
    for x in [276, 312, 348] {
        still.dot(Light, x, 203, 5);
    }
}

fn chefs_knife(still: &mut Still) {
    still.above();
    still.turned(38, |still| {
        let blade = "M244 186H70q-44 4-60 20q50 56 168 56q40 0 66-36z";
        let edge = "M10 206q50 56 168 56q40 0 66-36v-6q-30 22-70 22q-100 0-164-36z";
        knife(still, blade, edge, Dark);
    });
}

fn paring_knife(still: &mut Still) {
    still.above();
    still.turned(38, |still| {
        let blade = "M244 188H150q-40 0-66 14q50 24 110 24h50z";
        let edge = "M84 202q50 24 110 24h50v-8h-50q-70 0-110-16z";
        knife(still, blade, edge, Mid);
    });
    still.disc(Light, 96, 300, 46);
    still.dot(White, 96, 300, 40);
    for turn in [0, 60, 120, 180, 240, 300] {
        still.group(&format!("rotate({turn} 96 300)"), |still| {
            still.fill(Light, "M96 296l-13-27q13-9 26 0z");
        });
    }
}

fn board(still: &mut Still) {
    still.above();
    still.turned(-8, |still| {
        still.slab(Mid, 48, 82, 304, 226, 12);
        for row in 0..6 {
            for column in 0..9 {
                let (x, y) = (58 + column * 32, 92 + row * 33);
                match (row * 5 + column * 3) % 4 {
                    0 => still.rect(Dark, x, y, 31, 32, 0),
                    1 => still.rect(Light, x, y, 31, 32, 0),
                    _ => still.shade_line(1, &format!("M{x} {y}h31v32h-31z")),
                }
            }
        }
        still.glint_line(4, "M60 88h280");
    });
    for (x, y, r) in [(256, 200, 30), (300, 244, 26)] {
        still.disc(Spark, x, y, r);
        still.glint(&ellipse(x - r / 3, y - r / 3, r / 4, r / 5));
        still.line(White, 4, &format!("M{} {}l8-10", x, y - r + 8));
    }
}

fn kettle(still: &mut Still) {
    still.table();
    kettle_alone(still);
}

/// The kettle without wall and table.
pub(super) fn kettle_alone(still: &mut Still) {
    still.ground(116, 296);
    still.line(Light, 13, "M134 286C60 280 116 150 60 134");
    still.shade_line(4, "M132 292C50 280 108 160 60 140");
    still.line(Ink, 15, "M256 178c80-26 82 100 30 118");
    still.turned_body(Light, 204, (182, 58), (GROUND - 16, 88));
    still.turned_body(Light, 204, (164, 48), (182, 60));
    still.mouth(Light, Mid, 204, 164, 48);
    still.rect(Ink, 196, 132, 16, 28, 4);
    still.ball(Ink, 204, 130, 14);
    still.dot(Mid, 204, 252, 30);
    still.dot(White, 204, 252, 23);
    still.line(Spark, 4, "M204 252l11-13");
    still.dot(Dark, 204, 252, 4);
}

fn grinder(still: &mut Still) {
    still.table();
    still.ground(148, 262);
    still.line(Dark, 10, "M196 94l106-20");
    still.rect(Mid, 288, 44, 26, 44, 12);
    still.shade("M304 46q10 2 10 12v18q0 12-10 12z");
    still.rect(Dark, 190, 88, 14, 30, 4);
    still.turned_body(Ink, 198, (216, 54), (GROUND - 10, 54));
    still.turned_body(Light, 198, (118, 52), (216, 54));
    still.mouth(Light, Dark, 198, 118, 52);
    still.rect(Mid, 145, 206, 107, 12, 0);
    for step in 0..7 {
        let x = 154 + step * 15;
        still.shade_line(2, &format!("M{x} 240v60"));
    }
    still.dot(Spark, 198, 164, 12);
}

fn french_press(still: &mut Still) {
    still.table();
    still.ground(120, 286);
    still.line(Ink, 16, "M268 168c70-10 70 110 4 112");
    still.glass("M128 142l2 166a68 14 0 0 0 136 0l2-166z");
    still.turned_body(Dark, 198, (204, 68), (GROUND - 14, 67));
    still.oval(Mid, 198, 204, 68, 13);
    still.rect(Light, 132, 190, 132, 9, 3);
    still.line(White, 6, "M198 80v112");
    still.glint("M140 150h12l1 150h-11z");
    still.fill(Light, "M126 134h144v22H126z");
    still.fill(Light, "M126 134l-20 6 20 16z");
    still.shade("M226 134h44v22h-44z");
    still.turned_body(Light, 198, (114, 40), (134, 72));
    still.oval(Light, 198, 114, 40, 8);
    still.line(White, 6, "M198 74v40");
    still.ball(Ink, 198, 68, 17);
    still.rect(Light, 124, 296, 148, 10, 0);
}

fn mortar(still: &mut Still) {
    still.table();
    still.ground(108, 298);
    still.line(Light, 26, "M236 180L316 66");
    still.shade_line(8, "M246 182L324 72");
    still.ball(Light, 318, 62, 20);
    still.fill(Mid, "M98 186q0 96 66 112l-14 24h100l-14-24q66-16 66-112z");
    still.shade("M224 196q-8 90-34 126h60l-14-24q66-16 66-112z");
    still.glint("M112 206q6 54 40 78q-22-40-24-74z");
    still.oval(Light, 200, 186, 102, 22);
    still.oval(Dark, 200, 189, 86, 15);
    still.line(Light, 26, "M232 186l10-14");
    for (x, y) in [
        (130, 230),
        (168, 260),
        (150, 214),
        (204, 246),
        (236, 222),
        (262, 240),
        (216, 290),
        (178, 226),
    ] {
        still.dot(Dark, x, y, 3);
    }
    for (x, y) in [(84, 336), (102, 350), (70, 352)] {
        still.dot(Spark, x, y, 7);
    }
}

fn peeler(still: &mut Still) {
    still.above();
    still.turned(34, |still| {
        still.cord(White, 15, "M142 96q-6 80 30 112h56q36-32 30-112");
        still.glint_line(4, "M146 100q-2 70 28 100");
        still.block(White, 132, 76, 136, 34, 8);
        still.shade("M132 98h136v4q0 8-8 8H140q-8 0-8-8z");
        still.rect(Dark, 150, 88, 100, 10, 4);
        still.block(Dark, 174, 200, 52, 180, 24);
        still.shade("M204 200q22 2 22 24v132q0 22-22 24z");
        still.glint_line(5, "M184 224v120");
        still.dot(Spark, 200, 354, 8);
    });
    still.cord(Spark, 15, "M250 92q70 10 62 60t26 70-22 72");
    still.glint_line(3, "M262 90q56 12 48 60");
}

fn dutch_oven(still: &mut Still) {
    still.table();
    still.ground(74, 326);
    for d in [
        "M84 214q-44-6-40 22 12 14 44 8",
        "M316 214q44-6 40 22-12 14-44 8",
    ] {
        still.line(Spark, 15, d);
    }
    still.turned_body(Spark, 200, (196, 122), (GROUND - 22, 108));
    still.fill(Spark, "M74 192a126 24 0 0 1 252 0v10a126 24 0 0 1-252 0z");
    still.fill(
        Spark,
        "M78 188q12-62 122-64q110 2 122 64a122 24 0 0 1-244 0z",
    );
    still.shade("M246 130q64 14 76 58a122 24 0 0 1-82 22q28-40 6-80z");
    still.glint_line(7, "M104 178q16-30 62-38");
    still.shade_line(4, "M75 200a126 24 0 0 0 250 0");
    still.rect(Light, 192, 108, 16, 18, 0);
    still.oval(Light, 200, 104, 26, 11);
    still.glint(&ellipse(194, 101, 12, 4));
    for (x, lean) in [(176, 8), (200, -8), (224, 8)] {
        still.glint_line(5, &format!("M{x} 78q{lean}-14 0-26t0-24"));
    }
}

fn scale(still: &mut Still) {
    still.above();
    still.turned(-7, |still| {
        still.slab(Ink, 84, 60, 232, 286, 18);
        still.glint("M102 60h90L84 230V78q0-18 18-18z");
        still.dot(Dark, 200, 166, 88);
        still.rect(Light, 128, 278, 104, 44, 4);
        for (x, width) in [(142, 14), (164, 14), (196, 22)] {
            still.fill(Dark, &rounded(x, 288, width, 24, 2));
            still.rect(Light, x + 4, 292, width - 8, 7, 0);
        }
        still.dot(Dark, 184, 310, 3);
        for x in [254, 286] {
            still.dot(Mid, x, 300, 9);
        }
    });
    still.group("translate(194 160)", |still| {
        still.disc(White, 0, 0, 58);
        still.dot(Mid, 0, 0, 46);
        for (x, y) in [(-20, -14), (8, -24), (24, 4), (-4, 8), (-26, 16), (14, 28)] {
            still.group(&format!("rotate({} {x} {y})", x * 9), |still| {
                still.oval(Dark, x, y, 11, 7)
            });
        }
    });
}
