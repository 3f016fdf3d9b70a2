//! Seeds, tools, and what holds the soil.

use super::{
    palette::Tone::{self, Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still, rounded},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "GARDEN-SECATEURS" => secateurs(still),
        "GARDEN-TROWEL-STEEL" => trowel(still),
        "GARDEN-CAN-9L" => watering_can(still),
        "GARDEN-SEEDS-TOMATO-MIX" => seeds(still, Light, tomatoes),
        "GARDEN-SEEDS-HERBS" => seeds(still, White, herbs),
        "GARDEN-SEEDS-MEADOW" => seeds(still, Mid, meadow),
        "GARDEN-GLOVES-GOAT" => gloves(still),
        "GARDEN-COMPOST-BIN" => compost_bin(still),
        "GARDEN-RAISED-BED" => raised_bed(still),
        "GARDEN-THERMOMETER" => thermometer(still),
        _ => return false,
    }
    true
}

fn secateurs(still: &mut Still) {
    still.above();
    still.turned(28, |still| {
        still.piece(
            Spark,
            "M190 190q-52 60-62 160q0 18 14 18t18-18q8-80 56-140z",
        );
        still.piece(
            Spark,
            "M212 186q64 50 76 158q0 18-14 20t-20-18q-10-84-62-136z",
        );
        still.glint_line(5, "M182 214q-38 60-44 132");
        still.shade("M288 344q0 18-14 20q0-110-72-172l10-6q64 50 76 158z");
        still.piece(White, "M186 204q-44-60-30-158q46 34 64 136z");
        still.glint("M178 186q-32-56-22-140q10 70 34 136z");
        still.piece(Dark, "M206 214q56-30 54-114q-30 2-34 24q0 34-36 70z");
        still.line(Dark, 6, "M166 268q20-14 24 2t24-2 26 6");
        still.disc(Dark, 202, 196, 17);
        still.dot(Light, 202, 196, 7);
    });
}

fn trowel(still: &mut Still) {
    still.above();
    still.turned(36, |still| {
        still.piece(
            Light,
            "M154 226v-98q4-66 46-104q42 38 46 104v98q-46 24-92 0z",
        );
        still.shade("M200 24q42 38 46 104v98q-22 12-46 12z");
        still.glint("M166 216v-84q2-40 20-70q-8 80 0 160z");
        for y in [120, 150, 180] {
            still.line(Dark, 3, &format!("M224 {y}h16"));
        }
        still.piece(Light, "M188 234h24l6 54h-36z");
        still.block(Mid, 178, 274, 44, 108, 20);
        still.shade("M204 274q18 0 18 20v68q0 20-18 20z");
        still.rect(Spark, 178, 290, 44, 10, 0);
    });
}

fn watering_can(still: &mut Still) {
    still.table();
    still.ground(116, 300);
    still.line(Mid, 14, "M262 186c70-30 76 90 2 100");
    still.line(Mid, 13, "M164 156C166 70 262 70 262 150");
    still.fill(Mid, "M150 280L82 128l22-8 62 102z");
    still.shade("M150 280l-12-28 22-46 6 16z");
    still.fill(Light, "M58 138l62-30q8 12-18 28t-44 2z");
    still.turned_body(Mid, 212, (166, 66), (GROUND - 12, 82));
    still.mouth(Light, Dark, 212, 166, 66);
    still.fill(Mid, "M146 166a66 13 0 0 0 66 13v-40q-60 0-66 27z");
    still.glint("M146 166a66 13 0 0 0 66 13v-40q-60 0-66 27z");
    still.line(Dark, 3, "M136 256q76 26 152 0");
    for (x, y) in [(52, 166), (74, 178), (64, 198), (92, 192), (82, 216)] {
        still.oval(White, x, y, 3, 6);
    }
}

fn seeds(still: &mut Still, tone: Tone, picture: fn(&mut Still)) {
    still.above();
    still.turned(-7, |still| {
        still.block(tone, 102, 54, 190, 270, 4);
        still.rect(Dark, 102, 54, 190, 36, 0);
        still.glint_line(3, "M108 92h178");
        still.rect(White, 118, 108, 158, 158, 4);
        still.group("translate(197 188)", picture);
        still.rect(White, 118, 280, 100, 8, 0);
        still.rect(White, 118, 296, 66, 6, 0);
        still.shade("M278 54h14v270h-14z");
        still.rect(White, 150, 68, 96, 8, 0);
    });
    for (x, y) in [
        (292, 334),
        (318, 318),
        (310, 352),
        (340, 344),
        (330, 296),
        (276, 356),
    ] {
        still.group(&format!("rotate({} {x} {y})", x + y), |still| {
            still.piece(Dark, &super::still::ellipse(x, y, 8, 5))
        });
    }
}

fn tomatoes(still: &mut Still) {
    for (x, y, r, tone) in [
        (-34, 26, 34, Spark),
        (30, 30, 38, Spark),
        (2, -28, 34, Light),
        (-52, -26, 20, Dark),
        (52, -24, 22, Mid),
    ] {
        still.ball(tone, x, y, r);
        still.line(Dark, 5, &format!("M{x} {}v-8m-12 10l12-4 12 4", y - r + 6));
    }
}

fn herbs(still: &mut Still) {
    for (x, turn) in [(-44, -14), (-16, -4), (16, 6), (44, 16)] {
        still.group(&format!("rotate({turn} {x} 60)"), |still| {
            still.line(Mid, 5, &format!("M{x} 62v-110"));
            for y in [-40, -12, 16] {
                still.fill(
                    Mid,
                    &format!("M{x} {y}q18-26 30-14q-4 20-30 14zM{x} {y}q-18-26-30-14q4 20 30 14z"),
                );
            }
        });
    }
    still.fill(Spark, "M-50 40h100l-12 34h-76z");
    still.rect(Spark, -56, 32, 112, 14, 3);
}

fn meadow(still: &mut Still) {
    for (x, top, tone) in [
        (-56, -10, Spark),
        (-30, -46, Light),
        (0, -20, Spark),
        (28, -52, Dark),
        (54, -16, Light),
    ] {
        still.line(Mid, 4, &format!("M{x} 74Q{} 30 {x} {top}", x + 8));
        for turn in [0, 72, 144, 216, 288] {
            still.group(&format!("translate({x} {top}) rotate({turn})"), |still| {
                still.oval(tone, 0, -12, 7, 11)
            });
        }
        still.dot(White, x, top, 6);
    }
    still.fill(Mid, "M-74 76q4-30 14-42q4 20 10 26q6-34 20-48q2 30 12 44q8-30 20-40q4 26 12 38q8-20 18-28q4 20 8 30q8-16 16-22q6 20 18 42z");
}

fn gloves(still: &mut Still) {
    still.above();
    for (transform, tone) in [
        ("translate(214 40) rotate(14)", Mid),
        ("translate(50 66) rotate(-10)", Light),
    ] {
        still.group(transform, |still| {
            let hand = "M34 270V152q-30-22-34-58q0-16 12-16q10 0 14 14q6 18 22 24V34q0-16 13-16t13 16v66h4V14q0-16 14-16t14 16v86h4V30q0-16 13-16t13 16v78h4V62q0-14 12-14t12 14v88q0 40-14 62v58z";
            still.piece(tone, hand);
            still.shade("M122 270l14-208q0-14 12-14t12 14v88q0 40-14 62v58z");
            still.rect(Dark, 32, 240, 116, 34, 6);
            still.rect(Spark, 32, 248, 116, 6, 0);
            still.glint_line(4, "M54 40v80");
            still.line(Dark, 3, "M60 130q34 14 66 0M66 150q30 10 56 0");
        });
    }
}

fn compost_bin(still: &mut Still) {
    still.table();
    still.ground(92, 322);
    still.carton(Mid, (96, 130), (180, GROUND - 130), 52);
    still.fill(Dark, "M104 128l44-22h172l-44 22z");
    still.fill(Light, "M134 118q10-26 40-18q30-22 56-2q36-8 44 16z");
    still.fill(
        Spark,
        "M170 106q10-14 22-4q-6 14-22 4zM222 112q14-16 24-2q-10 12-24 2z",
    );
    for y in [134, 166, 198, 230, 262, 294] {
        still.rect(Light, 90, y, 192, 24, 2);
        still.shade(&rounded(90, y + 17, 192, 7, 0));
    }
    for x in [92, 266] {
        still.rect(Dark, x, 122, 14, GROUND - 122, 0);
    }
}

fn raised_bed(still: &mut Still) {
    still.table();
    still.ground(46, 340);
    still.carton(Light, (48, 206), (268, GROUND - 206), 40);
    still.fill(Dark, "M56 205l32-15h258l-32 15z");
    for y in [206, 236, 266, 296] {
        still.shade_line(3, &format!("M48 {y}h268l40-20"));
    }
    for x in [48, 176, 304] {
        still.rect(Mid, x, 206, 12, GROUND - 206, 0);
    }
    for (x, tone) in [(96, Mid), (146, Mid), (196, Mid), (246, Mid), (292, Mid)] {
        still.fill(
            tone,
            &format!(
                "M{x} 202q-34-24-30-66q24 10 30 66q-14-50 0-92q16 40 0 92q4-52 32-64q6 44-32 64z"
            ),
        );
    }
    for (x, y) in [(120, 176), (170, 184), (270, 178), (222, 188)] {
        still.ball(Spark, x, y, 13);
    }
}

fn thermometer(still: &mut Still) {
    still.table();
    still.fill(Dark, "M60 330q30-40 80-34q40-24 90-2q60-10 100 36z");
    still.fill(Ink, "M92 332q30-26 64-22q40-18 76-2q44-6 66 24z");
    still.line(Light, 13, "M204 112l-16 204");
    still.shade_line(5, "M208 140l-14 168");
    still.dot(Mid, 208, 104, 72);
    still.dot(White, 208, 104, 60);
    still.shade("M254 50a72 72 0 0 1-90 112a86 86 0 0 0 90-112z");
    for turn in [-120, -90, -60, -30, 0, 30, 60, 90, 120] {
        still.group(&format!("rotate({turn} 208 104)"), |still| {
            still.line(Dark, 4, "M208 54v-4")
        });
    }
    still.line(Spark, 6, "M208 104l26-34");
    still.dot(Dark, 208, 104, 8);
    still.line(Mid, 4, "M110 312q-2-30-26-34M110 312q2-24 22-30");
    still.fill(
        Mid,
        "M84 278q-26 2-28-20q24-2 28 20zM132 282q2-22 26-20q0 22-26 20z",
    );
}
